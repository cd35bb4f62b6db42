import { type ApiDeps } from '../api/deps';
import { urlKey } from '../domain/entity';
import { findDemoUrl, loadSample } from '../embedded/sample/load';
import { type Client } from './client';
import { runMainJob } from './main-job';

/** Loads the sample mail once and shows the main job on it, the first time that there is something to show. */
export async function showSample(
  { store, admin, clock }: ApiDeps,
  client: Client,
  say: (line: string) => void,
): Promise<void> {
  const started = Date.now();
  say('Loading the sample: the SpamAssassin public corpus over 200 mailboxes');
  const { stored, total } = await loadSample(admin, clock());
  say(
    `  ${stored} of ${total} mails stored${stored < total ? ' (the others are there already)' : ''} in ${Date.now() - started} ms`,
  );
  const use = await findDemoUrl();
  if (use === null) return;
  if ((await store.investigations.count({ entityKey: urlKey(use.url) })) > 0) {
    say('The main job was shown at an earlier start; npx --no clawback demo shows it again on mail of its own');
    return;
  }
  say('');
  say(`Alert: ${use.spam} spam mails carry the URL ${defanged(use.url)}, and no honest mail does`);
  await runMainJob(client, { type: 'url', url: use.url }, say);
}

/** A malicious address as it may be shown: nobody clicks it by mistake. */
function defanged(url: string): string {
  return url.replace(/^http/, 'hxxp').replace(/\./g, '[.]');
}
