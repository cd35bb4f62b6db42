import { type EntityType } from './entity';

/** The kinds of cluster: messages that share a file, messages that share a URL. */
export const CLUSTER_TYPES = ['similarFiles', 'similarUrls'] as const;
export type ClusterType = (typeof CLUSTER_TYPES)[number];

/** The kind of cluster that an entity makes. */
export function clusterTypeOf(entity: EntityType): ClusterType {
  return entity === 'file' ? 'similarFiles' : 'similarUrls';
}

/** How much of the mail a cluster's query could see. */
export interface Coverage {
  readonly mailboxesSearched: number;
  readonly mailboxesStale: number;
  readonly mailboxesUnreachable: number;
  readonly mailboxesExcluded: number;
}

/** How old the index of a mailbox may be, in milliseconds, before what it does not show may be there all the same. */
export const STALE_MS = 10 * 60 * 1000;

/** Where a cluster stands with its removal, in the product's words (Graph `remediationStatus`). */
export type ClusterRemediationStatus =
  'none' | 'pending' | 'running' | 'remediated' | 'partiallyRemediated' | 'notFound';
