import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BOTH_ON, ended, foldersOf, raise, setSettings } from '../support/cases';
import { actAs, describeWithDovecot, startTestDovecot } from '../support/dovecot';
import { createHarness } from '../support/harness';
import { appendCampaign, imapConfig } from '../support/imap-mailboxes';
import { documentedException, learntBy, withSpamReports } from '../support/spam-reports';

const ANN = 'ann@corp.example';
const OUR_FOLDER = ', string "${mailbox}" "Clawback Recoverable"';

/** What the spam reports have learnt, move by move: the user's own to Trash and to the Inbox, then our removal. */
interface Learnt {
  readonly toTrash: number;
  readonly toInbox: number;
  readonly byRemoval: number;
}

describeWithDovecot(
  'the spam reports of a server',
  () => {
    async function learnt(script: string, prefix = ''): Promise<Learnt> {
      const dir = mkdtempSync(join(tmpdir(), 'cb-sieve-'));
      const server = await startTestDovecot(withSpamReports(dir, script, prefix));
      const harness = await createHarness({ mail: [imapConfig(server.port, [ANN])] });
      try {
        await harness.startWorker();
        await setSettings(harness, BOTH_ON);
        const junk = `${prefix}Junk`;
        const moved = (to: string): Promise<number> =>
          actAs(server.port, ANN, async (client) => {
            const before = learntBy(dir);
            await client.append(junk, 'Subject: own\r\n\r\nmine\r\n');
            await client.mailboxOpen(junk);
            expect(await client.messageMove('*', to)).toMatchObject({ destination: to });
            return learntBy(dir) - before;
          });
        const [toTrash, toInbox] = [await moved(`${prefix}Trash`), await moved('INBOX')];
        const { file, ids } = await appendCampaign(harness, server.port, [[ANN, junk]]);
        expect(learntBy(dir)).toBe(toTrash + toInbox);
        const { investigation } = await ended(harness, (await raise(harness, [file])).id);
        expect(investigation.status).toBe('Remediated');
        expect(await foldersOf(harness, ids)).toEqual(['recoverableitemsdeletions']);
        return { toTrash, toInbox, byRemoval: learntBy(dir) - toTrash - toInbox };
      } finally {
        await harness.close();
        await server.remove();
        rmSync(dir, { recursive: true, force: true });
      }
    }

    test('learn from a removal that the mail is no spam, where our folder is no exception', async () => {
      const script = documentedException().replace(OUR_FOLDER, '');
      expect(script).not.toContain('Clawback');
      expect(await learnt(script)).toEqual({ toTrash: 0, toInbox: 1, byRemoval: 1 });
    });

    test('learn nothing from it with the exception as docs/imap.md has it, and what users do as before', async () => {
      expect(await learnt(documentedException())).toEqual({ toTrash: 0, toInbox: 1, byRemoval: 0 });
    });

    test('need the prefix of the namespace in the exception where there is one', async () => {
      expect((await learnt(documentedException(), 'INBOX.')).byRemoval).toBe(1);
      const script = documentedException().replaceAll(/"(Trash|Clawback Recoverable)"/g, '"INBOX.$1"');
      expect(await learnt(script, 'INBOX.')).toEqual({ toTrash: 0, toInbox: 1, byRemoval: 0 });
    });
  },
  { sieve: true },
);
