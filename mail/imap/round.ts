import { type ProbeReport } from '../../domain/imap';
import { inTurns } from '../../domain/in-turns';
import { type ImapContext } from './context';
import { AWAY, type Back, createIndexer } from './index-one';
import { sweepMailboxes } from './sweep';
import { watch, type Watched, type Watcher } from './watch';

/** Mailboxes that one activity looks at. */
const BATCH = 200;
/** Also where others have used up the time of the round, a mailbox is read for so long: each has its share. */
const SHARE_MS = 5_000;

/** How many mailboxes a batch has looked at, and what came of it. */
export interface RoundResult {
  readonly mailboxes: number;
  readonly indexed: number;
  readonly away: number;
}

/** What upkeep does with the mailboxes of an IMAP provider. */
export interface ImapUpkeep {
  readonly name: string;
  /** Milliseconds from one round to the next: what an index lags behind at most, beside the time of a round. */
  readonly intervalMs: number;
  /** How many batches its mailboxes make, of {@link BATCH} each. */
  readonly batches: number;
  /** How many of its mailboxes are to be watched. */
  readonly idle: number;
  /**
   * Probes what is to be probed, and indexes what has changed. Of a mailbox with much to read, the rest is left to the next
   * round when this one has lasted as long as from one to the next. A mailbox that is away is left to it too; those
   * that are back are told to `areBack`, until it has ended well and all of them is in the index; also where something goes
   * wrong with another one, which is thrown after that.
   */
  index(batch: number, areBack?: (back: readonly Back[]) => Promise<void>): Promise<RoundResult>;
  /** Watches the mailboxes that are to be watched, and indexes each whenever it has news, until it is told to stop. */
  watch(watcher: Watcher): Promise<Watched>;
  /** Deletes for good what the retention has outlived, where the operator has enabled it. */
  sweep(now: Date, mayGoOn: () => Promise<boolean>): Promise<{ readonly purged: number }>;
  /** Probes one mailbox now. Throws {@link MailboxError} where it cannot be reached. */
  check(mailbox: string): Promise<ProbeReport>;
}

export function createRounds(context: ImapContext): ImapUpkeep {
  const { config, clock } = context;
  const indexer = createIndexer(context);
  return {
    name: config.name,
    intervalMs: config.index.intervalSeconds * 1000,
    idle: config.index.idle.length,
    check: (mailbox) => indexer.check(mailbox),
    watch: (watcher) => watch(context, indexer, watcher),
    sweep: (now, mayGoOn) => sweepMailboxes(context, now, mayGoOn),
    batches: Math.ceil(config.mailboxes.length / BATCH),
    async index(batch, areBack) {
      const mailboxes: readonly string[] = config.mailboxes.slice(batch * BATCH, (batch + 1) * BATCH);
      const faults: unknown[] = [];
      const end = clock().getTime() + config.index.intervalSeconds * 1000;
      const looked = await inTurns(mailboxes, config.limits.connections, (mailbox) => {
        const until = new Date(Math.max(end, clock().getTime() + SHARE_MS));
        return indexer.indexOne(mailbox, { until }).catch((error: unknown) => {
          faults.push(error);
          return AWAY;
        });
      });
      const back = looked.flatMap((one) => one.back ?? []);
      if (back.length > 0 && areBack !== undefined) {
        await areBack(back);
        await indexer.searched(back);
      }
      // What went wrong with one mailbox for no reason of the mailbox's is told when the others are done.
      if (faults.length > 0) throw faults[0];
      return {
        mailboxes: mailboxes.length,
        indexed: looked.reduce((total, { indexed }) => total + (indexed ?? 0), 0),
        away: looked.filter(({ indexed }) => indexed === null).length,
      };
    },
  };
}
