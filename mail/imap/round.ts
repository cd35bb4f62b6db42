import { createHash } from 'node:crypto';
import { type ProbeReport } from '../../domain/imap';
import { inTurns } from '../../domain/in-turns';
import { MailboxError } from '../provider';
import { type ImapContext } from './context';
import { probe } from './probe';
import { sweepMailboxes } from './sweep';
import { syncMailbox } from './sync';

/** Mailboxes that one activity looks at. */
const BATCH = 200;

/** How many mailboxes a batch has looked at, and what came of it. */
export interface RoundResult {
  readonly mailboxes: number;
  readonly indexed: number;
  readonly away: number;
  /** Mailboxes that are back, and since when they were away. */
  readonly back: readonly { readonly mailbox: string; readonly since: Date }[];
}

/** What upkeep does with the mailboxes of an IMAP provider. */
export interface ImapUpkeep {
  readonly name: string;
  /** Milliseconds from one round to the next: what an index lags behind at most, beside the time of a round. */
  readonly intervalMs: number;
  /** How many batches its mailboxes make, of {@link BATCH} each. */
  readonly batches: number;
  /** Probes what is to be probed, and indexes what has changed. A mailbox that is away is left for the next round. */
  index(batch: number): Promise<RoundResult>;
  /** Deletes for good what the retention has outlived, where the operator has enabled it. */
  sweep(now: Date, mayGoOn: () => Promise<boolean>): Promise<{ readonly purged: number }>;
  /** Probes one mailbox now. Throws {@link MailboxError} where it cannot be reached. */
  check(mailbox: string): Promise<ProbeReport>;
}

export function createRounds(context: ImapContext): ImapUpkeep {
  const { config, pool, records, clock } = context;
  // Which mailboxes there are changes nothing for any one of them.
  const settings = JSON.stringify({ ...config, mailboxes: [] });
  const fingerprint = createHash('sha256').update(settings).digest('hex').slice(0, 16);

  async function check(mailbox: string): Promise<ProbeReport> {
    const report = await pool.use(mailbox, (box) => probe(context, mailbox, box), { background: true });
    await records.probed(mailbox, fingerprint, report);
    return report;
  }

  async function indexOne(mailbox: string, back: RoundResult['back'][number][]): Promise<number | null> {
    const startedAt = clock();
    try {
      if (await records.probeDue(mailbox, fingerprint, startedAt)) await check(mailbox);
      const indexed = await syncMailbox(context, mailbox);
      await records.indexed(mailbox, startedAt);
      const since = await records.well(mailbox, clock());
      if (since !== null) back.push({ mailbox, since });
      return indexed;
    } catch (error) {
      if (!(error instanceof MailboxError)) throw error;
      await records.away(mailbox, error.code === 'loginRefused' ? 'loginRefused' : 'unreachable', clock());
      return null;
    }
  }

  return {
    name: config.name,
    intervalMs: config.index.intervalSeconds * 1000,
    check,
    sweep: (now, mayGoOn) => sweepMailboxes(context, now, mayGoOn),
    batches: Math.ceil(config.mailboxes.length / BATCH),
    async index(batch) {
      const mailboxes: readonly string[] = config.mailboxes.slice(batch * BATCH, (batch + 1) * BATCH);
      const faults: unknown[] = [];
      const back: RoundResult['back'][number][] = [];
      const found = await inTurns(mailboxes, config.limits.connections, (mailbox) =>
        indexOne(mailbox, back).catch((error: unknown) => {
          faults.push(error);
          return null;
        }),
      );
      // What went wrong with one mailbox for no reason of the mailbox's is told when the others are done.
      if (faults.length > 0) throw faults[0];
      return {
        mailboxes: mailboxes.length,
        indexed: found.reduce<number>((total, count) => total + (count ?? 0), 0),
        away: found.filter((count) => count === null).length,
        back,
      };
    },
  };
}
