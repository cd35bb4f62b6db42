import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { type CloseResult, type PrepareResult } from '../domain/contracts';

/** What an operator sees at the Temporal UI while an investigation runs: counts only (law 8). */
export function showPlan({ clusters, messages, automatic, pending }: PrepareResult): void {
  setCurrentDetails(
    [
      `**Clusters** ${clusters} · **messages** ${messages}`,
      '',
      `- removed automatically: ${automatic.length} action(s)`,
      `- waiting for a person: ${pending} action(s)`,
    ].join('\n'),
  );
}

/** Where the investigation stands after a step, for the list and the detail view. */
export function showStanding({ status, verdict, decidedBy, messages, removed, remaining }: CloseResult): void {
  setCurrentDetails(`**${status}** · ${removed} removed · ${remaining} left in mailboxes`);
  upsertSearchAttributes({
    ClawbackStatus: [status],
    ClawbackVerdict: [verdict],
    ClawbackDecidedBy: decidedBy === null ? [] : [decidedBy],
    ClawbackMessageCount: [messages],
  });
}
