import { folderKind, type Location } from './location';
import { type Threat } from './verdict';

/** Which way a mail went, as the product's filter has it. */
export const DIRECTIONALITIES = ['Inbound', 'Intra-org', 'Outbound'] as const;
export type Directionality = (typeof DIRECTIONALITIES)[number];

/** What the mail server did when a message came in. Clawback sees what is in mailboxes: nothing is blocked or replaced. */
export const DELIVERY_ACTIONS = ['Delivered', 'Delivered to junk'] as const;
export type DeliveryAction = (typeof DELIVERY_ACTIONS)[number];

/** What the server did with a message that it put into this folder. */
export function deliveryActionOf(originalFolder: string): DeliveryAction {
  return folderKind(originalFolder) === 'junk' ? 'Delivered to junk' : 'Delivered';
}

/** The additional actions that a message can show, and the two shorter words of the product's filter. */
export const ADDITIONAL_ACTIONS = ['Automated remediation:automated', 'Manual remediation'] as const;
export type AdditionalAction = (typeof ADDITIONAL_ACTIONS)[number];
export const ADDITIONAL_ACTION_FILTERS = [...ADDITIONAL_ACTIONS, 'Automated remediation', 'None'] as const;
export type AdditionalActionFilter = (typeof ADDITIONAL_ACTION_FILTERS)[number];

/** What the Explorer is asked for (api.md, "Explorer filters"): each key narrows it. */
export interface ExplorerFilter {
  /** When the messages were received, both ends included; by default the last 30 days. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** Words that stand in the subject, all of them, in any order. */
  readonly subject?: string | undefined;
  readonly sender?: string | undefined;
  readonly senderDomain?: string | undefined;
  readonly recipient?: string | undefined;
  readonly networkMessageId?: string | undefined;
  readonly internetMessageId?: string | undefined;
  /** Of a file that the message carries. */
  readonly sha256?: string | undefined;
  readonly fileName?: string | undefined;
  /** Normalised. */
  readonly url?: string | undefined;
  readonly urlDomain?: string | undefined;
  readonly latestDeliveryLocation?: Location | undefined;
  readonly originalDeliveryLocation?: Location | undefined;
  readonly deliveryAction?: DeliveryAction | undefined;
  readonly additionalAction?: AdditionalActionFilter | undefined;
  readonly threatType?: Threat | undefined;
  readonly directionality?: Directionality | undefined;
  readonly clusterId?: string | undefined;
}

/** How far back the Explorer looks where nothing is said (product.md §4.1), in days. */
export const EXPLORER_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Rows that one export, and one Take action by filter, may have (product.md §4.1 and §4.3). */
export const EXPLORER_MAX_ROWS = 200_000;

/** True where nothing but time narrows it: Take action refuses such a filter. */
export function isEmptyFilter(filter: ExplorerFilter): boolean {
  return Object.entries(filter).every(([key, value]) => key === 'from' || key === 'to' || value === undefined);
}

/** From when on it looks: 30 days before its end, or before now, where it does not say. */
export function fromOf({ from, to }: ExplorerFilter, now: Date): Date {
  return from ?? new Date((to ?? now).getTime() - EXPLORER_DAYS * DAY_MS);
}

/** Which way a copy went: what lies in Sent went out, what comes from one of our domains stayed inside. */
export function directionalityOf(
  { originalFolder, senderDomain }: { readonly originalFolder: string; readonly senderDomain: string },
  internalDomains: ReadonlySet<string>,
): Directionality {
  if (originalFolder === SENT_FOLDER) return 'Outbound';
  return internalDomains.has(senderDomain) ? 'Intra-org' : 'Inbound';
}

/** A copy that was sent from its mailbox, not received. */
export const SENT_FOLDER = 'sentitems';
