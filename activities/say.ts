import { asyncLocalStorage } from '@temporalio/activity';

/** A line of the log, within an activity: ids, counts and codes, never a name, an address, a subject or a URL (law 8). */
export function say(message: string, facts: Readonly<Record<string, unknown>>): void {
  asyncLocalStorage.getStore()?.log.info(message, { facts });
}
