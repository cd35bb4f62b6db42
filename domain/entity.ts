import { type Threat } from './verdict';

/** The malicious thing: a file by the SHA-256 of its decoded bytes, or a URL in its normalised form. */
export type Entity =
  | { readonly type: 'file'; readonly sha256: string; readonly threat: Threat }
  | { readonly type: 'url'; readonly url: string; readonly threat: Threat };

export const ENTITY_TYPES = ['file', 'url'] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

/** At most this many entities in one alert (api.md). */
export const MAX_ENTITIES = 20;

/** The key under which messages are indexed by what they carry: `file:<sha256>` or `url:<normalised url>`. */
export function entityKey(entity: Entity): string {
  return entity.type === 'file' ? fileKey(entity.sha256) : urlKey(entity.url);
}

/** The key of a file, from the SHA-256 (hex) of its decoded bytes. */
export function fileKey(sha256: string): string {
  return `file:${sha256.toLowerCase()}`;
}

/** The key of a URL that is already normalised. */
export function urlKey(url: string): string {
  return `url:${url}`;
}

/** The threat that an alert means where it names none (api.md): malware in a file, phishing behind a URL. */
export function defaultThreat(type: EntityType): Threat {
  return type === 'file' ? 'Malware' : 'Phish';
}
