import { type ClusterEntity } from './entity';

/** The kinds of cluster: messages that share a file, a URL, or two attributes. */
export const CLUSTER_TYPES = ['similarFiles', 'similarUrls', 'multipleSimilarAttributes'] as const;
export type ClusterType = (typeof CLUSTER_TYPES)[number];

const TYPES: Readonly<Record<ClusterEntity['type'], ClusterType>> = {
  file: 'similarFiles',
  url: 'similarUrls',
  attributes: 'multipleSimilarAttributes',
};

/** The kind of cluster that this makes. */
export function clusterTypeOf(type: ClusterEntity['type']): ClusterType {
  return TYPES[type];
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
