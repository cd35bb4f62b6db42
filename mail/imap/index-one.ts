import { type ProbeReport } from '../../domain/imap';
import { MailboxError } from '../provider';
import { type ImapContext } from './context';
import { fingerprintOf } from './fingerprint';
import { type Box, isBusy } from './pool';
import { probe } from './probe';
import { mayAsk, wasRefused } from './refusals';
import { type Limits, syncMailbox } from './sync';

/** A mailbox that is back, since when it was away, and whether all of it is in the index by now. */
export interface Back {
  readonly mailbox: string;
  readonly since: Date;
  readonly isWhole: boolean;
}

/** What came of one mailbox. */
export interface Looked {
  /** Messages that are new in the index; `null` where the mailbox is away. */
  readonly indexed: number | null;
  readonly back: Back | null;
  /** True where messages have left their place, and only the next time shows whether they are gone. */
  readonly unsettled: boolean;
}

/** A mailbox that could not be worked with. */
export const AWAY: Looked = { indexed: null, back: null, unsettled: false };
/** A mailbox that another worker works with: it is as it was known, and the next round's. */
const BUSY: Looked = { indexed: 0, back: null, unsettled: false };

export interface Indexer {
  /**
   * Probes a mailbox where it is to be probed, indexes what has changed, and writes down how the mailbox is. One that has
   * refused to sign us in is not asked before its pause is over. One of which not all is read within the limits is as it
   * was known: who looks for mail that was missed looks when all is there.
   */
  indexOne(mailbox: string, limits?: Limits): Promise<Looked>;
  /** What these have missed was searched for: who is not whole yet is told of again. */
  searched(back: readonly Back[]): Promise<void>;
  /** Probes one mailbox now. Throws {@link MailboxError} where it cannot be reached. */
  check(mailbox: string): Promise<ProbeReport>;
}

export function createIndexer(context: ImapContext): Indexer {
  const { config, pool, records, clock } = context;
  const fingerprint = fingerprintOf(config);

  async function probeIn(mailbox: string, box: Box): Promise<ProbeReport> {
    const report = await probe(context, mailbox, box);
    await records.probed(mailbox, fingerprint, report);
    return report;
  }

  async function probeWhereDue(mailbox: string, now: Date): Promise<void> {
    const isDue = (): Promise<boolean> => records.probeDue(mailbox, fingerprint, now);
    if (!(await isDue())) return;
    // Asked again once the mailbox is ours: a round and a watch may have found it due at the same time.
    await pool.use(mailbox, async (box) => ((await isDue()) ? probeIn(mailbox, box) : null), { background: true });
  }

  return {
    async searched(back) {
      for (const { mailbox, since, isWhole } of back) if (isWhole) await records.searched(mailbox, since);
    },
    async check(mailbox) {
      const report = await pool.use(mailbox, (box) => probeIn(mailbox, box), { background: true });
      await records.letsIn(mailbox);
      return report;
    },
    async indexOne(mailbox, limits) {
      const startedAt = clock();
      if (!(await mayAsk(context, mailbox))) return AWAY;
      try {
        await probeWhereDue(mailbox, startedAt);
        const synced = await syncMailbox(context, mailbox, limits);
        if (synced.isCut) {
          await records.letsIn(mailbox);
          return { ...synced, back: null };
        }
        if (synced.isWhole) await records.indexed(mailbox, startedAt);
        const since = await records.well(mailbox, clock());
        return { ...synced, back: since === null ? null : { mailbox, since, isWhole: synced.isWhole } };
      } catch (error) {
        if (!(error instanceof MailboxError)) throw error;
        if (isBusy(error)) return BUSY;
        if (error.code === 'loginRefused') await wasRefused(context, mailbox);
        else await records.unreachable(mailbox, clock());
        return AWAY;
      }
    },
  };
}
