import { type IndexedMessage, type Intent, type Lease, type MoveIntent } from '../../domain/imap';
import { groupBy } from '../../domain/group';
import { PURGES_FOLDER, RECOVERABLE_FOLDER } from '../../domain/location';
import { type Retention } from '../../domain/retention';
import { MailboxError, type MailboxProvider, type MessageRef, type MoveReport, type SightedMessage } from '../provider';
import { inOrder } from '../in-order';
import { MAX_RAW_BYTES } from '../parse/limits';
import { clearUp, isUnsure } from './astray';
import { type ImapContext, recoverablePath } from './context';
import { expunge } from './expunge';
import { pathOfUnseen } from './folders';
import { locate } from './locate';
import { openFolder } from './looking';
import { type Box } from './pool';
import { sighted } from './sighted';
import { transfer, type Transferred } from './transfer';

type Ref = Pick<MessageRef, 'messageId' | 'mailbox'>;

/** Mailboxes of an IMAP server behind the port. A mailbox that cannot be worked is reported, and stops no other. */
export function createImapProvider(context: ImapContext): MailboxProvider {
  const { config, pool, index, folders, records } = context;

  /**
   * Works each mailbox's share of the refs at once with the others', and reports in the order of the refs; also of
   * messages that could not be worked, since their mailbox is away or lets us in no more.
   */
  function eachMailbox<R extends Ref>(
    refs: readonly R[],
    work: (mailbox: string, group: readonly R[]) => Promise<readonly MoveReport[]>,
  ): Promise<MoveReport[]> {
    return inOrder(
      refs,
      ({ mailbox }) => mailbox,
      (mailbox, group) => work(mailbox, group).catch((error: unknown) => notWorked(mailbox, group, error)),
    );
  }

  async function notWorked(mailbox: string, refs: readonly Ref[], error: unknown): Promise<MoveReport[]> {
    if (!(error instanceof MailboxError)) throw error;
    const { code, retryable } = error;
    const ids = refs.map(({ messageId }) => messageId);
    // Who is refused does not ask once more where the messages are, or accounts are locked: the index has to do.
    const last = retryable ? [] : await index.byIds(mailbox, ids, []);
    const seen = new Map(last.map((message) => [message.messageId, { seen: sighted(message.messageId, message) }]));
    return ids.map((messageId) => ({ messageId, moved: false, error: code, retryable, ...seen.get(messageId) }));
  }

  async function look(mailbox: string, refs: readonly Ref[]): Promise<SightedMessage[]> {
    const ids = refs.map(({ messageId }) => messageId);
    const show = (messages: readonly IndexedMessage[], unreachable: boolean): SightedMessage[] => {
      const byId = new Map(messages.map((message) => [message.messageId, message]));
      return ids.map((id) => sighted(id, byId.get(id), unreachable));
    };
    const known = await index.byIds(mailbox, ids, []);
    if (known.every(({ purged }) => purged)) return show(known, false);
    try {
      // Read once more under the lease: an earlier worker may have recorded what it did.
      const found = await pool.use(mailbox, async (box) =>
        locate(context, box, await index.byIds(mailbox, ids, box.lease.begun)),
      );
      return show(found, false);
    } catch (error) {
      if (error instanceof MailboxError) return show(known, true);
      throw error;
    }
  }

  /** Moves those messages of a mailbox that are as their refs say, and reports every one. */
  async function work(
    mailbox: string,
    refs: readonly MessageRef[],
    intent: Intent,
    mayBe: (message: IndexedMessage) => boolean,
    move: (box: Box, messages: readonly IndexedMessage[]) => Promise<readonly Transferred[]>,
  ): Promise<MoveReport[]> {
    const ids = refs.map(({ messageId }) => messageId);
    const asSeen = (messages: readonly IndexedMessage[]): IndexedMessage[] => {
      const byId = new Map(messages.map((message) => [message.messageId, message]));
      return refs.flatMap((ref) => {
        const message = byId.get(ref.messageId);
        const same = message?.folder === ref.folder && message.revision === ref.revision && mayBe(message);
        return same && !message.purged && message.place !== null ? [message] : [];
      });
    };
    const begin = async (lease: Lease, messages: readonly IndexedMessage[]): Promise<void> => {
      if (messages.length > 0 && intent.kind !== 'hardDelete') await lease.intend(idsOf(messages), intent);
    };
    // What needs no connection is done for several mailboxes at once, before there is one.
    const prepare = async (lease: Lease): Promise<IndexedMessage[]> => {
      const messages = await index.byIds(mailbox, ids, lease.begun);
      if (!messages.some(isUnsure)) await begin(lease, asSeen(messages));
      return messages;
    };
    return pool.prepared(mailbox, prepare, async (box, prepared) => {
      const moved = new Map<string, Transferred>();
      const first = asSeen(await cleared(box, prepared));
      if (prepared.some(isUnsure)) await begin(box.lease, first);
      for (const report of await move(box, first)) moved.set(report.messageId, report);
      // What was not in its place may be in its folder all the same, under another number (a new UIDVALIDITY).
      const missed = first.filter(({ messageId }) => {
        const report = moved.get(messageId);
        return report?.moved === false && report.error === undefined;
      });
      if (missed.length > 0) {
        const places = new Map(missed.map(({ messageId, place }) => [messageId, numberOf(place)]));
        // Read again: what was begun with them is known by now, and with it that it was us.
        const begun = await index.byIds(mailbox, idsOf(missed), box.lease.begun);
        const again = asSeen(await clearUp(context, box, begun)).filter(
          ({ messageId, place }) => places.get(messageId) !== numberOf(place),
        );
        await begin(box.lease, again);
        for (const report of await move(box, again)) moved.set(report.messageId, report);
      }
      const after = new Map(
        [...moved.values()].flatMap(({ messageId, after: now }) => (now === undefined ? [] : [[messageId, now]])),
      );
      const unsure = ids.filter((id) => !after.has(id));
      if (unsure.length > 0) {
        for (const message of await index.byIds(mailbox, unsure, box.lease.begun))
          after.set(message.messageId, message);
      }
      return ids.map((messageId) => reportOf(messageId, moved.get(messageId), after.get(messageId), intent));
    });
  }

  /** The messages as the index knows them, once what an earlier worker left behind is cleared up. */
  async function cleared(box: Box, messages: readonly IndexedMessage[]): Promise<readonly IndexedMessage[]> {
    const unsure = messages.filter(isUnsure);
    if (unsure.length === 0) return messages;
    return [...messages.filter((message) => !isUnsure(message)), ...(await clearUp(context, box, unsure))];
  }

  async function pathOfFolder({ mailbox, session }: Box, canonical: string): Promise<string> {
    if (canonical === RECOVERABLE_FOLDER) return recoverablePath(context, session);
    // Every mailbox has it, by this name alone.
    if (canonical === 'inbox') return 'INBOX';
    const rows = (await folders.of(mailbox)).filter((folder) => folder.canonical === canonical);
    // Of a folder for something, such as junk, that its user has renamed, the old name is known too.
    const row = rows.find(({ listed }) => listed) ?? rows[0];
    return row?.path ?? pathOfUnseen(session.client, canonical);
  }

  return {
    capabilities: () => ({ softDelete: true, restore: true, hardDelete: true }),
    locate: (refs) => inOrder(refs, ({ mailbox }) => mailbox, look),
    softDelete: (refs, { jobId, at }) =>
      eachMailbox(refs, (mailbox, group) => {
        const intent: MoveIntent = { jobId, kind: 'remove', to: RECOVERABLE_FOLDER, at, actionId: null };
        return work(
          mailbox,
          group,
          intent,
          ({ removedBy }) => removedBy === null,
          (box, messages) =>
            transfer(context, box, messages, {
              ...{ intent, withFlags: false },
              path: recoverablePath(context, box.session),
            }),
        );
      }),
    move: (refs, folder, { jobId, at }) =>
      eachMailbox(refs, (mailbox, group) => {
        const intent: MoveIntent = { jobId, kind: 'move', to: folder, at, actionId: null };
        return work(
          mailbox,
          group,
          intent,
          () => true,
          async (box, messages) =>
            transfer(context, box, messages, { intent, withFlags: false, path: await pathOfFolder(box, folder) }),
        );
      }),
    restore: (refs, actionId, { jobId, at }) =>
      eachMailbox(refs, async (mailbox, group) => {
        const reports: MoveReport[] = [];
        for (const [to, own] of groupBy(group, ({ toFolder }) => toFolder)) {
          const intent: MoveIntent = { jobId, kind: 'restore', to, at, actionId };
          const done = await work(
            mailbox,
            own,
            intent,
            ({ removedBy }) => removedBy === actionId,
            async (box, messages) =>
              transfer(context, box, messages, { intent, withFlags: true, path: await pathOfFolder(box, to) }),
          );
          reports.push(...done);
        }
        return reports;
      }),
    async hardDelete(refs, { jobId, at }) {
      // Who is on hold need not be asked; who is by the time that the mailbox is ours, is found out by expunge.
      const held = await records.onHold([...new Set(refs.map(({ mailbox }) => mailbox))]);
      const intent: Intent = { jobId, kind: 'hardDelete', to: PURGES_FOLDER, at, actionId: null };
      return eachMailbox(refs, async (mailbox, group) =>
        held.has(mailbox)
          ? group.map(({ messageId }) => ({ messageId, moved: false, error: 'onHold' }))
          : work(
              mailbox,
              group,
              intent,
              () => true,
              (box, messages) => expunge(context, box, messages, { intent }),
            ),
      );
    },
    async fence(refs) {
      // Whoever works on a mailbox holds its lease: once we had it, nobody is at work with what was known before.
      for (const [mailbox, group] of groupBy(refs, ({ mailbox }) => mailbox)) {
        const lease = await context.leases.acquire(mailbox);
        try {
          await index.fence(group.map(({ messageId }) => messageId));
        } finally {
          await lease.release();
        }
      }
    },
    async retention(mailboxes) {
      const held = await records.onHold(mailboxes);
      const known = new Set(config.mailboxes);
      return new Map(
        mailboxes
          .filter((mailbox) => known.has(mailbox))
          .map((mailbox): [string, Retention] => [
            mailbox,
            { days: config.recoverable.retentionDays, hold: held.has(mailbox), basis: 'configured' },
          ]),
      );
    },
    async read({ messageId, mailbox }) {
      const [message] = await index.byIds(mailbox, [messageId], []);
      if (message === undefined || message.purged) return null;
      if (message.size > MAX_RAW_BYTES) {
        const said = `The mail has ${message.size} bytes: of more than ${MAX_RAW_BYTES} only the headers are known`;
        throw new MailboxError('tooLarge', said);
      }
      return pool.use(mailbox, async (box) => {
        const [found] = await locate(context, box, await index.byIds(mailbox, [messageId], box.lease.begun));
        if (found?.place === null || found?.place === undefined) return null;
        const open = await openFolder(box.session, found.place.path);
        if (open?.uidValidity !== found.place.uidValidity) return null;
        const answer = await box.session.client.fetchOne(String(found.place.uid), { source: true }, { uid: true });
        return answer === false ? null : (answer.source ?? null);
      });
    },
    async changes(mailbox, cursor, limit) {
      const changed = await index.changes(mailbox, cursor, limit);
      const last = changed.at(-1)?.messageId ?? cursor ?? '';
      return { changed: changed.map((message) => sighted(message.messageId, message)), cursor: last };
    },
  };
}

function reportOf(
  messageId: string,
  moved: Transferred | undefined,
  after: IndexedMessage | undefined,
  { jobId, kind }: Intent,
): MoveReport {
  // Also what an earlier attempt has done, and what was cleared up just now.
  const stamped = kind === 'remove' || kind === 'hardDelete' ? after?.removedBy === jobId : after?.restoredBy === jobId;
  if (stamped && after !== undefined) return { messageId, moved: true, seen: sighted(messageId, after) };
  if (moved?.error === undefined || after === undefined) return { messageId, moved: false };
  return { messageId, moved: false, error: moved.error, seen: sighted(messageId, after) };
}

function idsOf(messages: readonly Pick<IndexedMessage, 'messageId'>[]): string[] {
  return messages.map(({ messageId }) => messageId);
}

function numberOf(place: IndexedMessage['place']): string {
  return place === null ? '' : `${place.uidValidity}/${place.uid}`;
}
