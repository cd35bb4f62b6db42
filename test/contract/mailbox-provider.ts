import { type MailboxProvider, type MessageRef } from '../../mail/provider';
import { mail, sha256 } from '../support/mail';

/** What the mailbox's own user would see of a message. */
export interface Shown {
  readonly folder: string;
  readonly flags: readonly string[];
  readonly receivedAt: Date;
}

/** A provider with its mail server, as the contract needs them: mail comes in, users act and look. */
export interface ProviderUnderTest {
  readonly provider: MailboxProvider;
  /** Delivers a mail; answers its message id. */
  deliver(to: {
    readonly mailbox: string;
    readonly folder: string;
    readonly flags: readonly string[];
    readonly receivedAt: Date;
    readonly raw: Uint8Array;
  }): Promise<string>;
  /** The mailbox's own user moves a message. */
  userMove(messageId: string, folder: string): Promise<void>;
  show(messageId: string): Promise<Shown>;
  setRetention(mailbox: string, days: number): Promise<void>;
  setHold(mailbox: string, on: boolean): Promise<void>;
  /** Makes a removal known as the core does before it calls the provider; answers the action's id. */
  newAction(): Promise<string>;
  close(): Promise<void>;
}

const RECOVERABLE = 'recoverableitemsdeletions';
/** Within the days that are indexed, whenever this runs; to the second, as servers keep it. */
const RECEIVED = new Date(Math.floor(Date.now() / 1000) * 1000 - 7 * 24 * 60 * 60 * 1000);
const FLAGS = ['\\Flagged', '\\Seen'];
let delivered = 0;

/** What every provider of mailboxes must do, whatever is behind it (design: one port, one contract). */
export function mailboxProviderContract(name: string, create: () => Promise<ProviderUnderTest>): void {
  describe(`${name} keeps the contract of mailbox providers`, () => {
    let subject: ProviderUnderTest;

    beforeAll(async () => {
      subject = await create();
    });

    afterAll(async () => {
      await subject.close();
    });

    async function deliver(
      folder = 'inbox',
      mailbox = 'ann@corp.example',
    ): Promise<{ readonly id: string; readonly raw: Buffer; readonly ref: MessageRef }> {
      const raw = mail({ id: `contract-${delivered++}`, to: mailbox });
      const id = await subject.deliver({ mailbox, folder, flags: FLAGS, receivedAt: RECEIVED, raw });
      return { id, raw, ref: await look(id, mailbox) };
    }

    /** The message as a ledger would freeze it now. */
    async function look(messageId: string, mailbox = 'ann@corp.example'): Promise<MessageRef> {
      const [seen] = await subject.provider.locate([{ messageId, mailbox }]);
      return { messageId, mailbox, folder: seen?.folder ?? '', revision: seen?.revision ?? -1 };
    }

    async function remove(ref: MessageRef): Promise<string> {
      const jobId = await subject.newAction();
      expect(await subject.provider.softDelete([ref], { jobId, at: new Date() })).toMatchObject([
        { messageId: ref.messageId, moved: true },
      ]);
      return jobId;
    }

    test('says what it can do', () => {
      expect(subject.provider.capabilities()).toEqual({ softDelete: true, restore: true, hardDelete: true });
    });

    test.each(['inbox', 'junkemail', 'Projects/2026', 'Größe & Maß'])(
      'a message in %s is soft-deleted and restored with flags, date and bytes as they were',
      async (folder) => {
        const { id, raw, ref } = await deliver(folder);
        const actionId = await remove(ref);
        expect((await subject.show(id)).folder).toBe(RECOVERABLE);
        const [seen] = await subject.provider.locate([ref]);
        expect(seen).toMatchObject({ found: true, folder: RECOVERABLE, removedBy: actionId, purged: false });

        const removed = await look(id);
        const reports = await subject.provider.restore([{ ...removed, toFolder: folder }], actionId, {
          jobId: 'revert-1',
          at: new Date(),
        });
        expect(reports).toMatchObject([{ messageId: id, moved: true }]);
        expect(await subject.show(id)).toEqual({ folder, flags: FLAGS, receivedAt: RECEIVED });
        const bytes = await subject.provider.read(ref);
        expect(bytes === null ? null : sha256(bytes)).toBe(sha256(raw));
        expect((await subject.provider.locate([ref]))[0]).toMatchObject({ removedBy: null, restoredBy: 'revert-1' });
      },
    );

    test('looking and reading leave no trace', async () => {
      const { id, ref } = await deliver();
      await subject.provider.read(ref);
      await subject.provider.locate([ref]);
      expect(await subject.show(id)).toEqual({ folder: 'inbox', flags: FLAGS, receivedAt: RECEIVED });
      expect(await look(id)).toEqual(ref);
    });

    test('locate answers each ref in its order, also those that are nowhere', async () => {
      const [one, other] = [await deliver(), await deliver('junkemail')];
      const nowhere = { messageId: 'f'.repeat(24), mailbox: 'ann@corp.example' };
      const seen = await subject.provider.locate([other.ref, nowhere, one.ref]);
      expect(seen.map(({ messageId, found, folder }) => ({ messageId, found, folder }))).toEqual([
        { messageId: other.id, found: true, folder: 'junkemail' },
        { messageId: nowhere.messageId, found: false, folder: '' },
        { messageId: one.id, found: true, folder: 'inbox' },
      ]);
    });

    test('a message that its user moved since it was looked at is left where it is', async () => {
      const { id, ref } = await deliver();
      await subject.userMove(id, 'archive');
      const reports = await subject.provider.softDelete([ref], { jobId: 'action-late', at: new Date() });
      expect(reports).toMatchObject([{ messageId: id, moved: false }]);
      expect((await subject.show(id)).folder).toBe('archive');
    });

    test('of many at once each is reported by itself', async () => {
      const all = [await deliver(), await deliver('junkemail'), await deliver('inbox', 'bob@corp.example')];
      await subject.userMove(all[1]?.id ?? '', 'inbox');
      const reports = await subject.provider.softDelete(
        all.map(({ ref }) => ref),
        { jobId: await subject.newAction(), at: new Date() },
      );
      expect(reports).toMatchObject(all.map(({ id }, at) => ({ messageId: id, moved: at !== 1 })));
    });

    test('a soft delete that is repeated answers that the message bears its stamp, and moves nothing', async () => {
      const { id, ref } = await deliver();
      const actionId = await remove(ref);
      const before = await look(id);
      await subject.provider.softDelete([ref], { jobId: actionId, at: new Date() });
      expect(await look(id)).toEqual(before);
    });

    test('after a fence, the move of a worker that looked before finds nothing to move (law 5)', async () => {
      const { id, ref } = await deliver();
      await subject.provider.fence([ref]);
      const reports = await subject.provider.softDelete([ref], { jobId: 'action-frozen', at: new Date() });
      expect(reports).toMatchObject([{ messageId: id, moved: false }]);
      expect((await subject.show(id)).folder).toBe('inbox');
    });

    test('a soft delete that was frozen until after the restore moves nothing (law 5)', async () => {
      const { id, ref } = await deliver();
      const actionId = await remove(ref);
      await subject.provider.restore([{ ...(await look(id)), toFolder: 'inbox' }], actionId, {
        jobId: 'revert-2',
        at: new Date(),
      });
      const reports = await subject.provider.softDelete([ref], { jobId: actionId, at: new Date() });
      expect(reports).toMatchObject([{ messageId: id, moved: false }]);
      expect((await subject.show(id)).folder).toBe('inbox');
    });

    test('a restore leaves alone what another action removed', async () => {
      const { id, ref } = await deliver();
      await remove(ref);
      const reports = await subject.provider.restore(
        [{ ...(await look(id)), toFolder: 'inbox' }],
        await subject.newAction(),
        { jobId: 'revert-3', at: new Date() },
      );
      expect(reports).toMatchObject([{ messageId: id, moved: false }]);
      expect((await subject.show(id)).folder).toBe(RECOVERABLE);
    });

    test('a restore leaves alone what its user took out of the recoverable folder', async () => {
      const { id, ref } = await deliver();
      const actionId = await remove(ref);
      const removed = await look(id);
      await subject.userMove(id, 'archive');
      const reports = await subject.provider.restore([{ ...removed, toFolder: 'inbox' }], actionId, {
        jobId: 'revert-4',
        at: new Date(),
      });
      expect(reports).toMatchObject([{ messageId: id, moved: false }]);
      expect((await subject.show(id)).folder).toBe('archive');
    });

    test('a move goes to the folder that it names', async () => {
      const { id, ref } = await deliver();
      expect(await subject.provider.move([ref], 'junkemail', { jobId: 'job-1', at: new Date() })).toMatchObject([
        { messageId: id, moved: true },
      ]);
      expect((await subject.show(id)).folder).toBe('junkemail');
    });

    test('a hard delete takes the message out of its reader’s reach, unless the mailbox is on hold', async () => {
      const free = await deliver('inbox', 'free@corp.example');
      const held = await deliver('inbox', 'held@corp.example');
      await subject.setHold('held@corp.example', true);
      const reports = await subject.provider.hardDelete([free.ref, held.ref], { jobId: 'job-2', at: new Date() });
      expect(reports).toMatchObject([
        { messageId: free.id, moved: true },
        { messageId: held.id, moved: false, error: 'onHold' },
      ]);
      expect((await subject.show(free.id)).folder).toBe('recoverableitemspurges');
      expect((await subject.show(held.id)).folder).toBe('inbox');
    });

    test('retention is told for each mailbox, with its hold', async () => {
      await deliver('inbox', 'days@corp.example');
      await subject.setRetention('days@corp.example', 21);
      await subject.setHold('days@corp.example', true);
      expect(await subject.provider.retention(['days@corp.example', 'nobody@corp.example'])).toEqual(
        new Map([['days@corp.example', { days: 21, hold: true, basis: 'configured' }]]),
      );
    });

    test('a mail is read byte for byte from its own mailbox alone', async () => {
      const { raw, ref } = await deliver();
      const bytes = await subject.provider.read(ref);
      expect(bytes === null ? null : Buffer.from(bytes).equals(raw)).toBe(true);
      expect(await subject.provider.read({ ...ref, mailbox: 'bob@corp.example' })).toBeNull();
      expect(await subject.provider.read({ ...ref, messageId: 'f'.repeat(24) })).toBeNull();
    });

    test('the changes of a mailbox are paged by a cursor, without gaps and without repeats', async () => {
      const mailbox = 'changes@corp.example';
      const ids: string[] = [];
      for (let at = 0; at < 5; at++) ids.push((await deliver('inbox', mailbox)).id);
      const seen: string[] = [];
      let cursor: string | null = null;
      for (let page = 0; page < 4; page++) {
        const { changed, cursor: next } = await subject.provider.changes(mailbox, cursor, 2);
        seen.push(...changed.map(({ messageId }) => messageId));
        cursor = next;
      }
      expect(seen.sort()).toEqual(ids.sort());
      expect((await subject.provider.changes(mailbox, cursor, 2)).changed).toEqual([]);
    });
  });
}
