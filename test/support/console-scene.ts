import { type Entity } from '../../domain/entity';
import { deliverCampaign, deliverCopies, ended, raise, setSettings, startRevert, finished } from './cases';
import { type Harness, until } from './harness';
import { mail } from './mail';

/** What the console shows in its tests and pictures: mail of several kinds, something that waits, something done, something undone. */
export async function seed(harness: Harness): Promise<void> {
  await setSettings(harness, { messageClusters: { similarFiles: true } });
  await hostileMail(harness);
  const people = Array.from({ length: 24 }, (_, at) => `person${at}@corp.example`);
  const removed = await deliverCampaign(
    harness,
    people.map((one, at) => [one, at % 5 === 0 ? 'junkemail' : 'inbox'] as const),
  );
  const first = await raise(harness, [removed.file]);
  const { actions } = await ended(harness, first.id);
  const [action] = actions;
  if (action !== undefined) await finished(harness, await startRevert(harness, action._id));
  const gone = await deliverCampaign(
    harness,
    people.slice(0, 9).map((one) => [one, 'inbox'] as const),
  );
  await ended(harness, (await raise(harness, [gone.file])).id);
  const waits = await deliverCampaign(
    harness,
    people.slice(3, 17).map((one) => [one, 'inbox'] as const),
  );
  await raise(harness, [waits.url]);
  const alsoWaits = await deliverCampaign(
    harness,
    people.slice(8, 12).map((one) => [one, 'Projects/2026'] as const),
  );
  await raise(harness, [alsoWaits.file], { startedByPerson: true });
  const many = await deliverCopies(harness, 'campaign-many', 1_500);
  await raise(harness, [many.url]);
  await until(async () => (await harness.store.actions.count({ statuses: ['Pending'] })) >= 3);
}

/** Mail that tries to look like something else. */
export async function hostileMail({ admin }: Pick<Harness, 'admin'>): Promise<readonly Entity[]> {
  const subjects = [
    'Invoice \u202Egpj.exe\u202C for you',
    'Pass\u200Bword re\u200Bset \u2066now\u2069',
    'عاجل: يرجى تأكيد حسابك',
    `Very ${'long '.repeat(120)}subject`,
    '<img src=x onerror=alert(1)>',
    '',
  ];
  for (const [at, subject] of subjects.entries()) {
    const raw = mail({
      subject: encode(subject),
      id: `hostile-${at}`,
      attachment: `hostile-${at}`,
      to: 'person1@corp.example',
      from: at % 2 === 0 ? 'a\u202Emoc.knab@evil.example' : 'pay@evil.example',
    });
    await admin.deliver({
      mailbox: 'person1@corp.example',
      folder: 'inbox',
      flags: [],
      receivedAt: new Date(Date.now() - at * 60_000),
      raw,
    });
  }
  return [];
}

function encode(text: string): string {
  return `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
}
