import { asyncLocalStorage } from '@temporalio/activity';
import { detailsOf } from './failure-mapping';

/** A line of the log, within an activity: ids, counts and codes, never a name, an address, a subject or a URL (law 8). */
export function say(message: string, facts: Readonly<Record<string, unknown>>): void {
  asyncLocalStorage.getStore()?.log.info(message, { facts });
}

/** The same of something that a person has to look at. */
export function alarm(message: string, facts: Readonly<Record<string, unknown>>): void {
  asyncLocalStorage.getStore()?.log.warn(message, { facts });
}

/** The same of something that failed: the kind of the error, its code and where it came from, never its message. */
export function warn(message: string, error: unknown): void {
  asyncLocalStorage.getStore()?.log.warn(message, detailsOf(error));
}
