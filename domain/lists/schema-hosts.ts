/**
 * Hosts whose addresses are names in markup, not links: namespaces, document types and schemas. Much mail carries them
 * whoever wrote it. Well-known public names; written from general knowledge of the formats.
 */
export const SCHEMA_HOSTS = [
  'w3.org', // XHTML, SVG and XML namespaces, document types
  'schemas.microsoft.com', // Office's HTML
  'schemas.openxmlformats.org', // Office documents
  'schemas.xmlsoap.org',
  'schema.org', // markup of orders and events in mail
  'ogp.me', // Open Graph
  'purl.org', // Dublin Core
  'ns.adobe.com', // metadata in images
  'iptc.org',
  'xmlns.com', // FOAF
  'docs.oasis-open.org', // OpenDocument
  'openoffice.org',
  'gmpg.org', // XFN
  'rdfs.org',
  'microformats.org',
  'ampproject.org', // AMP for mail
] as const;
