import { growingPause } from '../../domain/growing-pause';
import { type ImapContext } from './context';

/** Servers lock an account, or the address that asks, after a handful of refusals in some ten minutes. */
const PAUSES = { firstMs: 5 * 60_000, mostMs: 60 * 60_000 } as const;

type Records = Pick<ImapContext, 'records' | 'clock'>;

/** Whether the index may sign in now: where it was refused, it waits longer and longer. A person's work asks always. */
export async function mayAsk({ records, clock }: Records, mailbox: string): Promise<boolean> {
  const refusals = await records.refusals(mailbox);
  return refusals === null || refusals.askAgainAt <= clock();
}

/** Writes down that the index was refused, and when it may ask again. */
export async function wasRefused({ records, clock }: Records, mailbox: string): Promise<void> {
  const times = ((await records.refusals(mailbox))?.times ?? 0) + 1;
  const at = clock();
  const askAgainAt = new Date(at.getTime() + growingPause(times, PAUSES, Math.random()));
  await records.refused(mailbox, { times, askAgainAt }, at);
}
