import { type ActionStatus } from './action';
import { type Verdict } from './verdict';

export const INVESTIGATION_STATUSES = [
  'Starting',
  'Running',
  'Pending Action',
  'No Threats Found',
  'Partially Investigated',
  'Remediated',
  'Partially Remediated',
  'Terminated By System',
  'Terminated By User',
  'Failed',
] as const;
export type InvestigationStatus = (typeof INVESTIGATION_STATUSES)[number];

/** An investigation in one of these is open: it holds its entities, and alerts for them join it. */
export const OPEN_STATUSES: readonly InvestigationStatus[] = ['Starting', 'Running', 'Pending Action'];

/** What the closing of an investigation looks at. */
export interface ClosingFacts {
  readonly terminatedByUser: boolean;
  readonly failed: boolean;
  readonly verdict: Verdict;
  readonly messageCount: number;
  readonly mailboxesNotSearched: number;
  readonly actionStatuses: readonly ActionStatus[];
}

/** The status an investigation ends with: the first line that fits (design.md, "How a removal flows" 7). */
export function closingStatus(facts: ClosingFacts): InvestigationStatus {
  const has = (...statuses: ActionStatus[]): boolean =>
    facts.actionStatuses.some((status) => statuses.includes(status));
  if (facts.terminatedByUser) return 'Terminated By User';
  if (has('Expired')) return 'Terminated By System';
  if (facts.failed) return 'Failed';
  if (facts.mailboxesNotSearched > 0 && facts.actionStatuses.length === 0) return 'Partially Investigated';
  if (facts.messageCount === 0) return 'No Threats Found';
  if (facts.verdict !== 'malicious')
    return facts.verdict === 'suspicious' ? 'Partially Investigated' : 'No Threats Found';
  // One that still runs was had worked again by a person: its mail is not gone yet.
  if (has('Partially Completed', 'Failed', 'Stopped', 'Running') || (has('Rejected') && has('Completed')))
    return 'Partially Remediated';
  return 'Remediated';
}
