import { type Entity } from '../../domain/entity';
import { handToTemporal } from '../../domain/gateway';
import { investigationWorkflowId, revertWorkflowId } from '../../domain/ids';
import { applyPatch, type SettingsPatch } from '../../domain/settings';
import { type Verdict } from '../../domain/verdict';
import { newId } from '../../store/collection';
import { openOrJoin } from '../../store/intake';
import { type ActionDoc } from '../../store/actions';
import { type InvestigationDoc } from '../../store/investigations';
import { type RevertDestination, type RevertDoc } from '../../store/reverts';
import { type Harness, until } from './harness';
import { mail, sha256 } from './mail';

/** Puts the settings as a test needs them. */
export async function setSettings({ store }: Harness, patch: SettingsPatch): Promise<void> {
  const current = await store.settings.get();
  await store.settings.replace(
    applyPatch(current, patch, { name: 'test', at: new Date().toISOString() }),
    current.version,
  );
}

export const BOTH_ON: SettingsPatch = { messageClusters: { similarFiles: true, similarUrls: true } };

/** A mail that carries a file and a URL of its own, in folders of several mailboxes. */
export interface Campaign {
  readonly name: string;
  readonly file: Entity;
  readonly url: Entity;
  readonly ids: readonly string[];
}

let campaigns = 0;

const MINUTE_MS = 60 * 1000;

/** The bytes of a campaign's file: enough of them to be no weak match. */
function payload(name: string): string {
  return name.padEnd(64, '.');
}

/** Delivers a campaign: one copy for each place `[mailbox, folder]`. */
export async function deliverCampaign(
  { admin }: Harness,
  places: readonly (readonly [mailbox: string, folder: string])[],
  flags: readonly string[] = ['\\Seen'],
): Promise<Campaign> {
  const name = `campaign-${campaigns++}`;
  const ids: string[] = [];
  for (const [at, [mailbox, folder]] of places.entries()) {
    const raw = mail({ ...parts(name), id: `${name}-${at}`, to: mailbox });
    const receivedAt = new Date(Date.now() - (places.length - at) * MINUTE_MS);
    ids.push((await admin.deliver({ mailbox, folder, flags, receivedAt, raw }))._id);
  }
  return campaignOf(name, ids);
}

/** What the mails of a campaign carry. */
export function parts(name: string): { readonly attachment: string; readonly link: string } {
  return { attachment: payload(name), link: `http://evil.example/${name}` };
}

export function campaignOf(name: string, ids: readonly string[]): Campaign {
  const { attachment, link } = parts(name);
  return {
    ...{ name, ids },
    file: { type: 'file', sha256: sha256(attachment), threat: 'Malware' },
    url: { type: 'url', url: link, threat: 'Phish' },
  };
}

/** Delivers further mails of a campaign; gives their ids. */
export async function deliverMore(
  { admin }: Harness,
  { name, ids }: Campaign,
  places: readonly (readonly [mailbox: string, folder: string])[],
): Promise<readonly string[]> {
  const more: string[] = [];
  for (const [at, [mailbox, folder]] of places.entries()) {
    const raw = mail({ ...parts(name), id: `${name}-${ids.length + at}`, to: mailbox });
    more.push((await admin.deliver({ mailbox, folder, flags: [], receivedAt: new Date(), raw }))._id);
  }
  return more;
}

/** Delivers equal copies of one mail over 200 mailboxes, for cases where only the number counts; gives their ids. */
export async function deliverCopies({ admin, store }: Harness, name: string, copies: number): Promise<Campaign> {
  const raw = mail({ ...parts(name), id: name });
  const receivedAt = new Date(Date.now() - MINUTE_MS);
  const deliveries = Array.from({ length: copies }, (_, at) => ({
    ...{ mailbox: `user${at % 200}@corp.example`, folder: 'inbox', flags: [], receivedAt, raw },
  }));
  await admin.deliverMany(deliveries, { skipExisting: false });
  const found = await store.messages.collection.find({ sha256: sha256(raw) }, { projection: { _id: 1 } }).toArray();
  if (found.length !== copies) throw new Error(`${found.length} of ${copies} copies are there`);
  return campaignOf(
    name,
    found.map(({ _id }) => _id),
  );
}

/** Raises an alert as the API does, and hands it to Temporal. */
export async function raise(
  { store, gateway }: Harness,
  entities: readonly Entity[],
  { verdict = 'malicious', startedByPerson = false }: { verdict?: Verdict; startedByPerson?: boolean } = {},
): Promise<{ readonly id: string; readonly joined: boolean }> {
  const opened = await openOrJoin(store, {
    entities,
    verdict,
    alert: null,
    startedBy: 'test',
    startedByPerson,
    at: new Date(),
  });
  await handToTemporal(gateway, opened);
  return { id: opened.investigationId, joined: opened.joined };
}

/**
 * Waits until a workflow has ended well; gives what it ended with. The API answers before Temporal has what it hands
 * over, so a workflow that is not known yet is waited for too.
 */
export async function workflowEnded({ client, gateway }: Harness, workflowId: string): Promise<unknown> {
  await until(async () => (await gateway.standing(workflowId)) !== 'missing');
  return client.workflow.getHandle(workflowId).result();
}

/** Waits until an investigation's workflow has ended; gives the investigation and its actions. */
export async function ended(
  harness: Harness,
  id: string,
): Promise<{ readonly investigation: InvestigationDoc; readonly actions: readonly ActionDoc[] }> {
  await workflowEnded(harness, investigationWorkflowId(id));
  return { investigation: await investigationOf(harness, id), actions: await harness.store.actions.of(id) };
}

export async function investigationOf({ store }: Pick<Harness, 'store'>, id: string): Promise<InvestigationDoc> {
  const found = await store.investigations.byId(id);
  if (found === null) throw new Error(`There is no investigation ${id}`);
  return found;
}

/** Starts a revert of an action; `finished` waits for it. */
export async function startRevert(
  { store, gateway }: Harness,
  actionId: string,
  destination: RevertDestination = 'original',
): Promise<string> {
  const id = newId();
  await store.reverts.create({
    _id: id,
    actionId,
    destination,
    messageIds: null,
    status: 'Running',
    open: true,
    requestedBy: 'test',
    comment: null,
    job: null,
    outcomes: null,
    startedAt: new Date(),
    endedAt: null,
  });
  await gateway.startRevert(id);
  return id;
}

export async function finished(harness: Harness, revertId: string): Promise<RevertDoc> {
  await workflowEnded(harness, revertWorkflowId(revertId));
  const found = await harness.store.reverts.byId(revertId);
  if (found === null) throw new Error(`There is no revert ${revertId}`);
  return found;
}

/** The folder of each message, in the order of the ids. */
export async function foldersOf({ store }: Pick<Harness, 'store'>, ids: readonly string[]): Promise<string[]> {
  const found = new Map((await store.messages.byIds(ids)).map((message) => [message._id, message.folder]));
  return ids.map((id) => found.get(id) ?? 'missing');
}
