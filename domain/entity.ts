import { type AttributePair } from './attributes';
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

/** What a cluster is about: an entity, or two attributes that its messages share. */
export type ClusterEntity = Entity | Attributes;

/** A pair of attributes with its values; `threat` is that of the alert whose messages had them. */
export interface Attributes {
  readonly type: 'attributes';
  readonly pair: AttributePair;
  readonly values: readonly [string, string];
  /** The key that its messages are indexed by. */
  readonly key: string;
  readonly threat: Threat;
}

/** The cluster key (design.md, "Words"). */
export function clusterKey(entity: ClusterEntity): string {
  return entity.type === 'attributes' ? entity.key : entityKey(entity);
}

/** What a cluster is called: the digest of its file, its URL, or its pair with both values. */
export function clusterName(entity: ClusterEntity): string {
  switch (entity.type) {
    case 'file':
      return entity.sha256;
    case 'url':
      return entity.url;
    case 'attributes':
      return `${entity.pair}: ${entity.values.join(' / ')}`;
  }
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
