import { AUTOMATION } from '../domain/action';
import { type Entity, entityKey, fileKey } from '../domain/entity';
import { groupBy } from '../domain/group';
import { type ReasonDetail } from '../domain/policy';
import { isSpam, readCorpus, type CorpusMail } from '../embedded/sample/corpus';
import { loadSample } from '../embedded/sample/load';
import { placeOf } from '../embedded/sample/spread';
import { parseMail } from '../mail/parse/parse-mail';
import { sha256Hex } from '../mail/parse/identity';
import { BOTH_ON, raise, setSettings } from '../test/support/cases';
import { type SettingsPatch } from '../domain/settings';
import { createHarness, type Harness, until } from '../test/support/harness';

/** An alert is raised for each URL that so many spam mails share, and for each file that so many mails carry. */
const SPAM_WITH_URL = 5;
const MAILS_WITH_FILE = 2;

/** Of the messages of campaigns that share nothing with ham, automation takes this share at least. */
const TARGET = 0.9;

/** SHA-256 of no bytes: mails that share an empty file share nothing, so it makes no campaign. */
const EMPTY_FILE = fileKey(sha256Hex(''));

interface Mail {
  /** `<sha256> <mailbox>`: which message of the index it is. */
  readonly place: string;
  readonly spam: boolean;
  readonly keys: ReadonlyMap<string, Entity>;
}

interface Alerted {
  readonly entity: Entity;
  readonly mails: readonly Mail[];
  readonly reasons: readonly ReasonDetail[];
}

/**
 * The whole sample against the policy, by the real path: an alert by a detector for every repeated file and every repeated
 * spam URL, each followed to its end; once with the boxes for files and URLs on, and once with that for similar attributes
 * too. Labels are known here alone. Answers whether automation removed no ham, and enough of the campaigns that share
 * nothing with ham.
 */
export async function safety(harness: Harness): Promise<boolean> {
  const withEntities = await judge(harness, BOTH_ON);
  console.log('\nThe same with multipleSimilarAttributes on:');
  const other = await createHarness();
  try {
    const withAll = await judge(other, {
      messageClusters: { similarFiles: true, similarUrls: true, multipleSimilarAttributes: true },
    });
    await printSimilar(other);
    return withEntities && withAll;
  } finally {
    await other.close();
  }
}

/** How clusters of similar mail were judged and decided. */
async function printSimilar({ store }: Harness): Promise<void> {
  const clusters = await store.clusters.collection.find({ type: 'multipleSimilarAttributes' }).toArray();
  const decided = groupBy(clusters, ({ verdict, decision }) =>
    decision.kind === 'pending'
      ? `${verdict}, waits: ${decision.reasons.map(({ code }) => code).join(' + ')}`
      : `${verdict}, ${decision.kind}`,
  );
  console.log(`\n${clusters.length} clusters of similar mail, with messages that carry none of the alert's entities:`);
  for (const [how, group] of decided) {
    console.log(
      `  ${how}: ${group.length} with ${group.reduce((sum, { messageCount }) => sum + messageCount, 0)} messages`,
    );
  }
}

async function judge(harness: Harness, boxes: SettingsPatch): Promise<boolean> {
  await setSettings(harness, boxes);
  await harness.startWorker();
  const now = new Date();
  const corpus = await readCorpus();
  const start = performance.now();
  const { stored } = await loadSample(harness.admin, now);
  console.log(`${stored} mails loaded in ${Math.round(performance.now() - start)} ms`);
  const mails = await Promise.all(corpus.map((mail) => factsOf(mail, now)));
  const alerted: Alerted[] = [];
  for (const { entity, carriers } of repeated(mails)) {
    alerted.push({ entity, mails: carriers, reasons: await alertOn(harness, entity) });
  }
  const removed = await removedPlaces(harness);
  const taken = mails.filter(({ place }) => removed.has(place));
  printWaiting(alerted, removed);
  const ham = taken.filter(({ spam }) => !spam).length;
  const share = campaignShare(alerted, removed);
  console.log(
    `\n${alerted.length} alerts; automation removed ${taken.length} messages, ${ham} of them ham (must be 0)`,
  );
  return ham === 0 && share >= TARGET;
}

async function factsOf(mail: CorpusMail, now: Date): Promise<Mail> {
  const { sha256, attachments, urls } = await parseMail(mail.raw);
  const entities: Entity[] = [
    ...attachments.map((file): Entity => ({ type: 'file', sha256: file.sha256, threat: 'Malware' })),
    ...urls.map(({ url }): Entity => ({ type: 'url', url, threat: 'Phish' })),
  ];
  return {
    place: `${sha256} ${placeOf(mail, now).mailbox}`,
    spam: isSpam(mail),
    keys: new Map(entities.map((entity) => [entityKey(entity), entity])),
  };
}

function repeated(mails: readonly Mail[]): { readonly entity: Entity; readonly carriers: readonly Mail[] }[] {
  const byKey = new Map<string, { entity: Entity; carriers: Mail[] }>();
  for (const mail of mails) {
    for (const [key, entity] of mail.keys) {
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, { entity, carriers: [mail] });
      else known.carriers.push(mail);
    }
  }
  return [...byKey.values()].filter(({ entity, carriers }) =>
    entity.type === 'file'
      ? carriers.length >= MAILS_WITH_FILE
      : carriers.filter(({ spam }) => spam).length >= SPAM_WITH_URL,
  );
}

/** Raises the alert and waits until its investigation is through; gives the reasons of what waits. */
async function alertOn(harness: Harness, entity: Entity): Promise<readonly ReasonDetail[]> {
  const { id } = await raise(harness, [entity]);
  await settled(harness, id);
  // What is only similar waits for reasons of its own.
  const similar = (await harness.store.clusters.of(id)).filter(({ type }) => type === 'multipleSimilarAttributes');
  const others = new Set(similar.map(({ _id }) => _id));
  return (await harness.store.actions.of(id)).flatMap(({ status, reasons, clusterId }) =>
    status === 'Pending' && (clusterId === null || !others.has(clusterId)) ? reasons : [],
  );
}

async function settled({ store }: Harness, id: string): Promise<void> {
  await until(async () => {
    const status = (await store.investigations.byId(id))?.status ?? 'Starting';
    return !['Starting', 'Running'].includes(status);
  });
}

/** The messages that automation removed, whichever alert it was for: each once. */
async function removedPlaces({ store }: Harness): Promise<ReadonlySet<string>> {
  const automatic = await store.actions.collection.find({ decidedBy: AUTOMATION }).toArray();
  const found = await store.messages.collection
    .find({ removedBy: { $in: automatic.map(({ _id }) => _id) } }, { projection: { sha256: 1, mailbox: 1 } })
    .toArray();
  return new Set(found.map(({ sha256, mailbox }) => `${sha256} ${mailbox}`));
}

/** What each reason holds back: alerts, the messages that carry their entities and are still there, the ham in these. */
function printWaiting(alerted: readonly Alerted[], removed: ReadonlySet<string>): void {
  const groups = groupBy(
    alerted.map((alert) => ({ ...alert, codes: alert.reasons.map(({ code }) => code).join(' + ') || 'automatic' })),
    ({ codes }) => codes,
  );
  const row = (cells: readonly (string | number)[]): void => {
    console.log(cells.map((cell, at) => (at === 0 ? String(cell).padEnd(28) : String(cell).padStart(10))).join(''));
  };
  row(['', 'alerts', 'messages', 'removed', 'waiting', 'ham', 'ham gone']);
  for (const [codes, group] of groups) {
    const mails = [...new Set(group.flatMap((alert) => alert.mails))];
    const gone = mails.filter(({ place }) => removed.has(place));
    const ham = (some: readonly Mail[]): number => some.filter(({ spam }) => !spam).length;
    row([codes, group.length, mails.length, gone.length, mails.length - gone.length, ham(mails), ham(gone)]);
  }
  console.log('\nWhat waits, with its ham first:');
  const waiting = alerted.filter(({ reasons }) => reasons.length > 0);
  const hamIn = ({ mails }: Alerted): number => mails.filter(({ spam }) => !spam).length;
  for (const alert of waiting.sort(
    (one, other) => hamIn(other) - hamIn(one) || other.mails.length - one.mails.length,
  )) {
    console.log(
      `${alert.mails.length - hamIn(alert)} spam, ${hamIn(alert)} ham: ${entityKey(alert.entity).slice(0, 90)}`,
    );
    for (const { code, detail } of alert.reasons) console.log(`    ${code}: ${detail}`);
  }
}

/**
 * The share of the messages in campaigns without ham that automation took, each message once. The same over the
 * campaigns one by one is printed beside it: there a message counts in each campaign that it belongs to.
 */
function campaignShare(alerted: readonly Alerted[], removed: ReadonlySet<string>): number {
  const pure = alerted.filter(({ mails }) => mails.every(({ spam }) => spam));
  const campaigns = pure.filter(({ entity }) => entityKey(entity) !== EMPTY_FILE);
  const share = (mails: readonly Mail[]): number =>
    mails.filter(({ place }) => removed.has(place)).length / mails.length;
  const shown = (mails: readonly Mail[]): string => `${(share(mails) * 100).toFixed(1)} % of ${mails.length}`;
  const once = [...new Set(campaigns.flatMap(({ mails }) => mails))];
  console.log(`\n${campaigns.length} campaigns share nothing with ham; automation took of their messages:`);
  console.log(`  ${shown(once)}, each counted once (must be ${TARGET * 100} % or more)`);
  console.log(`  ${shown(campaigns.flatMap(({ mails }) => mails))}, counted in each campaign`);
  console.log(`  ${shown([...new Set(pure.flatMap(({ mails }) => mails))])}, with the empty file taken for a campaign`);
  return share(once);
}
