import { placed, PURGES_FOLDER, RECOVERABLE_FOLDER } from '../../domain/location';
import { groupBy } from '../../domain/group';
import { type Store } from '../../store/store';
import { type MailboxProvider, type MessageRef, type MoveReport } from '../provider';

/**
 * Moves of many messages at once. Every move is conditional on the folder and the revision that the ledger saw and
 * raises the revision, so that a worker that wakes up late finds nothing to move (law 5). Messages that were in the same
 * folder at the same revision go in one command; who was moved is read back from the stamp, never assumed.
 */
export function createMoves(
  store: Store,
): Pick<MailboxProvider, 'softDelete' | 'move' | 'restore' | 'hardDelete' | 'fence'> {
  const messages = store.messages.collection;

  /** Applies one change to each group and reports who shows the expected state afterwards. */
  async function apply(
    refs: readonly MessageRef[],
    condition: (group: MessageRef) => object,
    change: (group: MessageRef) => object,
    shows: (group: MessageRef) => object,
  ): Promise<MoveReport[]> {
    const moved = new Set<string>();
    for (const group of groups(refs)) {
      const [first] = group;
      if (first === undefined) continue;
      const ids = group.map(({ messageId }) => messageId);
      const { modifiedCount } = await messages.updateMany(
        { _id: { $in: ids }, folder: first.folder, revision: first.revision, ...condition(first) },
        change(first),
      );
      if (modifiedCount === ids.length) {
        for (const id of ids) moved.add(id);
        continue;
      }
      const found = await messages.find({ _id: { $in: ids }, ...shows(first) }, { projection: { _id: 1 } }).toArray();
      for (const { _id } of found) moved.add(_id);
    }
    return refs.map(({ messageId }) => ({ messageId, moved: moved.has(messageId) }));
  }

  return {
    softDelete: (refs, { jobId, at }) =>
      apply(
        refs,
        () => ({ removedBy: null }),
        ({ folder }) => ({
          $set: {
            ...placed(RECOVERABLE_FOLDER),
            ...{ removedBy: jobId, removedFrom: folder, removedAt: at, restoredBy: null },
          },
          $inc: { revision: 1 },
        }),
        () => ({ removedBy: jobId }),
      ),
    move: (refs, folder, { jobId }) =>
      apply(
        refs,
        () => ({}),
        () => ({ $set: { ...placed(folder), restoredBy: jobId }, $inc: { revision: 1 } }),
        () => ({ folder, restoredBy: jobId }),
      ),
    async restore(refs, actionId, { jobId }) {
      const key = (await store.actions.byId(actionId))?.key ?? undefined;
      const reports: MoveReport[] = [];
      for (const [toFolder, group] of groupBy(refs, (ref) => ref.toFolder)) {
        reports.push(
          ...(await apply(
            group,
            () => ({ removedBy: actionId, purgedAt: null }),
            () => ({
              $set: { ...placed(toFolder), removedBy: null, removedFrom: null, removedAt: null, restoredBy: jobId },
              ...(key === undefined ? {} : { $addToSet: { clearedKeys: key } }),
              $inc: { revision: 1 },
            }),
            () => ({ restoredBy: jobId }),
          )),
        );
      }
      return reports;
    },
    async hardDelete(refs, { jobId, at }) {
      const held = await heldMailboxes(refs.map(({ mailbox }) => mailbox));
      const free = refs.filter(({ mailbox }) => !held.has(mailbox));
      const reports = await apply(
        free,
        () => ({}),
        ({ folder }) => ({
          $set: { ...placed(PURGES_FOLDER), removedBy: jobId, removedFrom: folder, removedAt: at },
          $inc: { revision: 1 },
        }),
        () => ({ removedBy: jobId, folder: PURGES_FOLDER }),
      );
      return [
        ...reports,
        ...refs
          .filter(({ mailbox }) => held.has(mailbox))
          .map(({ messageId }) => ({ messageId, moved: false, error: 'onHold' })),
      ];
    },
    fence: (refs) => store.messages.fence(refs.map(({ messageId }) => messageId)),
  };

  async function heldMailboxes(addresses: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await store.mailboxes.byAddresses([...new Set(addresses)]);
    return new Set(found.filter(({ hold }) => hold !== null).map(({ _id }) => _id));
  }
}

function groups(refs: readonly MessageRef[]): Iterable<MessageRef[]> {
  return groupBy(refs, ({ revision, folder }) => `${revision}/${folder}`).values();
}
