import { type Connection } from 'mongoose';
import { type ActionStatus, AT_WORK, EXPLORER_ACTION } from '../domain/action';
import { type RemediationSettings } from '../domain/remediation';
import { type ActionDoc, type ActionStore } from './actions';
import { type CollectionDefinition, collectionOf, type Session } from './collection';
import { type DecisionStore } from './decisions';
import { type RevertDoc, type RevertStore } from './reverts';
import { type SelectionDoc, type SelectionStore } from './selections';
import { type Transactions } from './transactions';

/** Changed by every Take action: two at the same moment conflict, so that each sees what the other took. */
interface GuardDoc {
  readonly _id: string;
  readonly turn: number;
}

const GUARD = 'takeAction';
/** What works, or is about to; what waits for a person does not, until it is approved. */
const IN_FLIGHT: readonly ActionStatus[] = ['Freezing', 'Approved', 'Running'];

const definition: CollectionDefinition = {
  name: 'remediationGuard',
  schema: { _id: String, turn: Number },
  indexes: [],
};

type Limits = Pick<RemediationSettings, 'atOnce' | 'messagesInFlight'>;

export interface RemediationStore {
  prepare(): Promise<void>;
  /** Stores a Take action within a transaction; says what is in the way where there is too much at work already. */
  open(action: ActionDoc, selection: SelectionDoc, limits: Limits, session: Session): Promise<string | null>;
  /**
   * Says, within the transaction that sets a Take action to work (or asks for that), what is in its way; `null` where
   * nothing is. Of two such transactions at the same moment each sees what the other took.
   */
  inTheWay(action: Pick<ActionDoc, '_id' | 'messageCount'>, limits: Limits, session: Session): Promise<string | null>;
  /**
   * Stores a revert, and by `witness` its row of the audit, unless its action is at work, was set to work again meanwhile,
   * has an open revert, or deleted for good. Says whether it did.
   */
  openRevert(action: ActionDoc, revert: RevertDoc, witness: Witness): Promise<boolean>;
  /**
   * Opens a revert as {@link openRevert} does, for the Take action that stands behind it: only while that still works in
   * the life that was read, and only once in a life for each owner (law 5).
   */
  openRevertFor(behind: ActionDoc, owner: ActionDoc, revert: RevertDoc, witness: Witness): Promise<OpenedFor>;
}

type Witness = (session: Session) => Promise<void>;

/**
 * The open revert of an owner, this one or that of an attempt before; `done` where the one of this life has ended already,
 * `busy` where the owner cannot be reverted now, `over` where the Take action does not work any more.
 */
export type OpenedFor = { readonly revertId: string } | 'done' | 'busy' | 'over';

export function createRemediationStore(
  connection: Connection,
  {
    actions,
    selections,
    reverts,
    decisions,
    transaction,
  }: {
    readonly actions: ActionStore;
    readonly selections: SelectionStore;
    readonly reverts: RevertStore;
    readonly decisions: DecisionStore;
    readonly transaction: Transactions['run'];
  },
): RemediationStore {
  const guard = collectionOf<GuardDoc>(connection, definition);

  async function inTheWay(
    { _id, messageCount }: Pick<ActionDoc, '_id' | 'messageCount'>,
    { atOnce, messagesInFlight }: Limits,
    session: Session,
  ): Promise<string | null> {
    await guard.updateOne({ _id: GUARD }, { $inc: { turn: 1 } }, { session });
    const approved = { status: 'Pending' as const, _id: { $in: await decisions.approvalsAsked(session) } };
    const [working] = await actions.collection
      .aggregate<{ count: number; messages: number }>(
        [
          { $match: { actionSource: EXPLORER_ACTION, $or: [{ status: { $in: [...IN_FLIGHT] } }, approved] } },
          { $match: { _id: { $ne: _id } } },
          { $group: { _id: null, count: { $sum: 1 }, messages: { $sum: '$messageCount' } } },
        ],
        { session },
      )
      .toArray();
    const { count = 0, messages = 0 } = working ?? {};
    if (count >= atOnce) return `${count} Take actions are at work, as many as may be at once`;
    if (messages + messageCount <= messagesInFlight) return null;
    return `${messages} messages are in Take actions at work: with ${messageCount} more they would be over ${messagesInFlight}`;
  }

  async function openIn(
    session: Session,
    { _id, status, retries, actionType }: ActionDoc,
    revert: RevertDoc,
    witness: Witness,
  ): Promise<boolean> {
    if (AT_WORK.includes(status) || actionType === 'hardDelete') return false;
    const same = { _id, status, retries };
    const touched = await actions.collection.updateOne(same, { $inc: { revertCount: 1 } }, { session });
    if (touched.matchedCount === 0) return false;
    if ((await reverts.collection.findOne({ actionId: _id, open: true }, { session })) !== null) return false;
    await reverts.create(revert, session);
    await witness(session);
    return true;
  }

  return {
    async prepare() {
      await guard.updateOne({ _id: GUARD }, { $setOnInsert: { turn: 0 } }, { upsert: true });
    },
    inTheWay,
    async open(action, selection, limits, session) {
      const refused = await inTheWay(action, limits, session);
      if (refused !== null) return refused;
      await actions.collection.insertOne(action, { session });
      await selections.collection.insertOne(selection, { session });
      return null;
    },
    openRevert: (action, revert, witness) => transaction((session) => openIn(session, action, revert, witness)),
    openRevertFor: (behind, owner, revert, witness) =>
      transaction(async (session): Promise<OpenedFor> => {
        const alive = { _id: behind._id, status: 'Running', halt: null, retries: behind.retries } as const;
        // Written to, so that of this, its stop and its end only one commits first.
        const held = await actions.collection.updateOne(alive, { $inc: { revertCount: 1 } }, { session });
        if (held.matchedCount === 0) return 'over';
        const earlier = (await reverts.forAction(behind._id, session)).find(
          ({ actionId, forRetries = 0 }) => actionId === owner._id && forRetries === behind.retries,
        );
        if (earlier !== undefined) return earlier.open ? { revertId: earlier._id } : 'done';
        return (await openIn(session, owner, revert, witness)) ? { revertId: revert._id } : 'busy';
      }),
  };
}
