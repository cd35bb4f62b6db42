import { address } from '../../api/fields';
import { type Envelope } from '../../mail/parse/envelope';

const FIRST = Date.UTC(1970, 0, 1);
const DAY_MS = 24 * 60 * 60 * 1000;

/** A mail address in the form that names a mailbox; `null` where it is none. */
export function mailboxAddress(text: string): string | null {
  const parsed = address.safeParse(text);
  return parsed.success ? parsed.data : null;
}

/**
 * Whose mailboxes a mail belongs to: whom the last server delivered it to where it says so, since that copy was one
 * person's alone; else every recipient.
 */
export function mailboxesOf({ deliveredTo, recipients }: Envelope): string[] {
  const valid = (all: readonly string[]): string[] => [...new Set(all.flatMap((text) => mailboxAddress(text) ?? []))];
  const [delivered] = valid(deliveredTo);
  return delivered === undefined ? valid(recipients) : [delivered];
}

/**
 * When a mail came in: by the last server's stamp, else by the sender's date, else by the file. A date before 1970 or
 * still to come is nobody's.
 */
export function receivedAtOf({ receivedAt, sentAt }: Envelope, modifiedAt: Date, now: Date): Date {
  const isCredible = (time: number): boolean => time >= FIRST && time <= now.getTime() + DAY_MS;
  const claimed = [receivedAt, sentAt].map((text) => Date.parse(text ?? '')).find(isCredible);
  return claimed === undefined ? modifiedAt : new Date(claimed);
}
