import { type mongo } from 'mongoose';
import { fileKey, urlKey } from '../domain/entity';
import {
  type AdditionalAction,
  type AdditionalActionFilter,
  type ExplorerFilter,
  fromOf,
  SENT_FOLDER,
} from '../domain/explorer';
import { IN_MAILBOX, REACHED } from '../domain/location';
import { subjectWords, TERM } from '../domain/search-terms';
import { type MessageDoc } from './messages';

/** What a filter means is partly said elsewhere: read before the query is made. */
export interface ExplorerGrounds {
  readonly now: Date;
  readonly internalDomains: readonly string[];
  /** Keys of the malicious clusters of the threat that is asked for. */
  readonly threatKeys: readonly string[];
  /** The cluster that is asked for; `null` where there is none of that id. */
  readonly cluster: { readonly key: string; readonly queryTime: Date } | null;
}

/** A filter as a query on messages, and what only the events of a message can answer. */
export interface ExplorerQuery {
  readonly from: Date;
  readonly to: Date | undefined;
  /** Conditions without those on time. */
  readonly conditions: readonly mongo.Filter<MessageDoc>[];
  /** True where an index leads to what the conditions leave. */
  readonly selective: boolean;
  readonly additionalAction: AdditionalAction | 'None' | null;
}

/**
 * The query of a filter. Values that are equal for a message lead through the one index over its terms; a long value
 * whose term is a digest is compared as well. Of several terms the index serves the first: the most telling leads.
 */
export function explorerQuery(filter: ExplorerFilter, grounds: ExplorerGrounds): ExplorerQuery {
  const keys = [
    ...(filter.sha256 === undefined ? [] : [fileKey(filter.sha256)]),
    ...(filter.url === undefined ? [] : [urlKey(filter.url)]),
    ...(grounds.cluster === null ? [] : [grounds.cluster.key]),
  ];
  const words = subjectWords(filter.subject ?? '').sort((one, other) => other.length - one.length);
  const terms = [
    ...given(filter.networkMessageId, TERM.networkMessageId),
    ...given(filter.internetMessageId, TERM.internetMessageId),
    ...keys.map(TERM.key),
    ...given(filter.recipient, TERM.recipient),
    ...given(filter.sender, TERM.sender),
    ...given(filter.fileName, TERM.fileName),
    ...given(filter.urlDomain, TERM.urlDomain),
    ...given(filter.senderDomain, TERM.senderDomain),
    ...words.map(TERM.word),
    ...deliveredTerms(filter),
  ];
  const conditions: mongo.Filter<MessageDoc>[] = [
    // One of them bounds the index, the others are compared: an $all would be no more.
    ...terms.map((terms) => ({ terms })),
    ...keys.map((keys) => ({ keys })),
    ...(filter.clusterId === undefined
      ? []
      : grounds.cluster === null
        ? [NOTHING]
        : [{ _id: { $lt: idAfter(grounds.cluster.queryTime) } }]),
    ...(filter.threatType === undefined ? [] : threatConditions(grounds.threatKeys)),
    ...latestConditions(filter),
    ...originalConditions(filter),
    ...directionConditions(filter, grounds.internalDomains),
  ];
  const located = filter.latestDeliveryLocation !== undefined && filter.latestDeliveryLocation !== 'Inbox/folder';
  return {
    from: fromOf(filter, grounds.now),
    to: filter.to,
    conditions,
    selective:
      terms.length > 0 ||
      located ||
      filter.threatType !== undefined ||
      filter.clusterId !== undefined ||
      filter.directionality === 'Outbound' ||
      filter.directionality === 'Intra-org',
    additionalAction: additionalActionOf(filter.additionalAction),
  };
}

const NOTHING: mongo.Filter<MessageDoc> = { _id: { $in: [] } };

function given(value: string | undefined, term: (value: string) => string): string[] {
  return value === undefined ? [] : [term(value)];
}

function additionalActionOf(asked: AdditionalActionFilter | undefined): ExplorerQuery['additionalAction'] {
  if (asked === undefined) return null;
  return asked === 'Automated remediation' ? 'Automated remediation:automated' : asked;
}

/** An id that is greater than those of all messages that were known at a time: ids begin with their second. */
export function idAfter(time: Date): string {
  const second = Math.floor(time.getTime() / 1000) + 1;
  return `${second.toString(16).padStart(8, '0')}${'0'.repeat(16)}`;
}

function threatConditions(keys: readonly string[]): mongo.Filter<MessageDoc>[] {
  if (keys.length === 0) return [NOTHING];
  return [{ terms: { $in: keys.map(TERM.key) } }, { keys: { $in: [...keys] } }];
}

/** Where it was delivered to is a term, but for folders of a user's own: those are nearly all, and no index helps. */
function deliveredTerms({ originalDeliveryLocation, deliveryAction }: ExplorerFilter): string[] {
  const junk = TERM.deliveredTo('junkemail');
  return [
    ...(deliveryAction === 'Delivered to junk' || originalDeliveryLocation === 'Junk folder' ? [junk] : []),
    ...(originalDeliveryLocation === 'Deleted items' ? [TERM.deliveredTo('deleteditems')] : []),
  ];
}

function latestConditions({ latestDeliveryLocation: asked }: ExplorerFilter): mongo.Filter<MessageDoc>[] {
  if (asked === undefined) return [];
  return [REACHED.includes(asked) ? { location: asked } : NOTHING];
}

function originalConditions({ originalDeliveryLocation, deliveryAction }: ExplorerFilter): mongo.Filter<MessageDoc>[] {
  const junk = TERM.deliveredTo('junkemail');
  const deleted = TERM.deliveredTo('deleteditems');
  const impossible = originalDeliveryLocation !== undefined && !IN_MAILBOX.includes(originalDeliveryLocation);
  return [
    ...(impossible ? [NOTHING] : []),
    ...(deliveryAction === 'Delivered' ? [{ terms: { $ne: junk } }] : []),
    ...(originalDeliveryLocation === 'Inbox/folder' ? [{ terms: { $nin: [junk, deleted] } }] : []),
  ];
}

function directionConditions(
  { directionality }: ExplorerFilter,
  internalDomains: readonly string[],
): mongo.Filter<MessageDoc>[] {
  switch (directionality) {
    case undefined:
      return [];
    case 'Outbound':
      return [{ terms: TERM.deliveredTo(SENT_FOLDER) }, { originalFolder: SENT_FOLDER }];
    case 'Intra-org':
      return [{ terms: { $in: internalDomains.map(TERM.senderDomain) } }, { originalFolder: { $ne: SENT_FOLDER } }];
    case 'Inbound':
      return [{ senderDomain: { $nin: [...internalDomains] } }, { originalFolder: { $ne: SENT_FOLDER } }];
  }
}
