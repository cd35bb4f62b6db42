import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { mailOwner } from '../embedded/dovecot-owner';
import { startTestDovecot } from '../test/support/dovecot';
import { createHarness } from '../test/support/harness';
import { imapConfig, indexAll } from '../test/support/imap-mailboxes';
import { mail } from '../test/support/mail';

const MAILBOXES = 100;
const IN_EACH = 1_000;
const FROM = 10_000;
const TARGET_MB = 50;
const LOOK_MS = 250;
const MB = 1024 * 1024;

/**
 * How much more memory the worker holds after 100,000 indexed messages than after 10,000, garbage collected both times.
 * Answers whether it is less than 50 MB.
 */
export async function imapMemory(): Promise<boolean> {
  const server = await startTestDovecot();
  const mailboxes = Array.from({ length: MAILBOXES }, (_, at) => `user${at}@corp.example`);
  for (const mailbox of mailboxes) fillMaildir(join(server.dir, 'mail', mailbox), mailbox);
  const harness = await createHarness({ mail: [imapConfig(server.port, mailboxes)] });
  try {
    const held = { before: 0, most: 0 };
    const timer = setInterval(() => {
      void harness.store.messages.collection.estimatedDocumentCount().then((count) => {
        if (count >= FROM && held.before === 0) held.before = inUse();
        held.most = Math.max(held.most, process.memoryUsage().rss);
      });
    }, LOOK_MS);
    const start = performance.now();
    await indexAll(harness);
    clearInterval(timer);
    const after = inUse();
    const count = await harness.store.messages.collection.countDocuments({});
    console.log(
      `${count} messages indexed in ${Math.round((performance.now() - start) / 1000)} s, at most ${Math.round(held.most / MB)} MB resident`,
    );
    if (count !== MAILBOXES * IN_EACH) throw new Error(`${count} messages are indexed`);
    const grown = (after - held.before) / MB;
    console.log(`${grown.toFixed(1)} MB more than after ${FROM} (must be less than ${TARGET_MB})`);
    return grown < TARGET_MB;
  } finally {
    await harness.close();
    await server.remove();
  }
}

/** Mail as a delivery agent leaves it: nobody appends 100,000 mails for a measurement. */
function fillMaildir(root: string, mailbox: string): void {
  const { uid, gid } = mailOwner();
  for (const folder of [root, ...['cur', 'new', 'tmp'].map((name) => join(root, name))]) {
    mkdirSync(folder);
    chownSync(folder, uid, gid);
  }
  const seconds = Math.floor(Date.now() / 1000) - IN_EACH;
  for (let at = 0; at < IN_EACH; at++) {
    const id = `${mailbox}-${at}`;
    const file = join(root, 'cur', `${seconds + at}.M${at}P1.bench:2,S`);
    writeFileSync(file, mail({ id, to: mailbox, attachment: `file ${id}`, link: `http://site.example/${at}` }));
    chownSync(file, uid, gid);
  }
}

/** Bytes that are in use once what is not has been collected. */
function inUse(): number {
  setFlagsFromString('--expose_gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
