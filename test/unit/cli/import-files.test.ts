import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { findMailFiles } from '../../../cli/import/files';
import { flagsOf, folderOf } from '../../../cli/import/maildir';
import { readMails } from '../../../cli/import/mails';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'clawback-import-'))));
afterEach(() => rmSync(root, { recursive: true }));

function put(name: string, text = 'Subject: x\n\nhello\n'): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

async function namesAt(path: string): Promise<string[]> {
  return (await findMailFiles(path)).map((file) => relative(root, file.path));
}

describe('a Maildir file name', () => {
  test.each([
    ['1.2.host:2,S', ['\\Seen']],
    ['1.2.host:2,FRS', ['\\Flagged', '\\Answered', '\\Seen']],
    ['1.2.host:2,DT', ['\\Draft', '\\Deleted']],
    ['1.2.host;2,S', ['\\Seen']],
    ['1.2.host,S=12:2,Sab', ['\\Seen']],
    ['1.2.host:2,', []],
    ['1.2.host', []],
    ['1.2.host:1,S', []],
  ])('%s has its flags', (name, flags) => {
    expect(flagsOf(name)).toEqual(flags);
  });
});

describe('a Maildir folder', () => {
  test.each([
    ['.Projects', 'Projects'],
    ['.Projects.2026', 'Projects/2026'],
    ['.Entw&APw-rfe', 'Entwürfe'],
    ['.R&-D', 'R&D'],
    ['.odd&AAAA-', 'odd&AAAA-'],
    ['.Sent', 'sentitems'],
    ['.Junk', 'junkemail'],
    ['.INBOX.Trash', 'deleteditems'],
    ['.Drafts', 'Drafts'],
  ])('%s is the folder %j', (name, folder) => {
    expect(folderOf(name)).toBe(folder);
  });
});

describe('finding mail', () => {
  test('a folder gives its .eml and .mbox files at any depth, in order, and nothing else', async () => {
    for (const name of ['b.eml', 'a/c.EML', 'a/deep/d.eml', 'e.mbox', 'notes.txt']) put(name);
    expect(await namesAt(root)).toEqual(['a/c.EML', 'a/deep/d.eml', 'b.eml', 'e.mbox']);
  });

  test('links that lead in circles end', async () => {
    put('a/x.eml');
    symlinkSync('..', join(root, 'a', 'up'));
    symlinkSync('loop', join(root, 'loop'));
    symlinkSync('a', join(root, 'again'));
    expect(await namesAt(root)).toEqual(['a/x.eml']);
  });

  test('a link to nowhere that is named like a mail is told', async () => {
    symlinkSync('gone', join(root, 'x.eml'));
    expect(await findMailFiles(root)).toEqual([
      { path: join(root, 'x.eml'), problem: 'there is no such file or folder' },
    ]);
  });

  test('a path that leads nowhere is one clear line', async () => {
    await expect(findMailFiles('/nowhere/at/all')).rejects.toThrow(
      '/nowhere/at/all cannot be read: there is no such file or folder',
    );
  });

  test('a Maildir gives cur and new of each folder, with flags, and not tmp', async () => {
    put('M/cur/1:2,S');
    put('M/new/2');
    put('M/tmp/3');
    put('M/dovecot.index');
    put('M/.Sent/cur/4:2,SR');
    put('M/.Projects.x/new/5');
    put('M/.Projects.x/cur/.hidden');
    const found = await findMailFiles(root);
    expect(found.map((file) => [relative(root, file.path), 'folder' in file && [file.folder, file.flags]])).toEqual([
      ['M/cur/1:2,S', ['inbox', ['\\Seen']]],
      ['M/new/2', ['inbox', []]],
      ['M/.Projects.x/new/5', ['Projects/x', []]],
      ['M/.Sent/cur/4:2,SR', ['sentitems', ['\\Seen', '\\Answered']]],
    ]);
  });

  test('a file is an mbox by how it starts, but a .eml file is always one mail', async () => {
    for (const name of ['box', 'one.eml']) put(name, 'From x\nSubject: a\n\nFrom y\nSubject: b\n');
    put('plain');
    const read = async (name: string): Promise<string[]> => {
      const names: string[] = [];
      for await (const mail of readMails(await findMailFiles(join(root, name)))) names.push(relative(root, mail.name));
      return names;
    };
    expect(await read('box')).toEqual(['box#1', 'box#2']);
    expect(await read('one.eml')).toEqual(['one.eml']);
    expect(await read('plain')).toEqual(['plain']);
  });

  test('a file over 50 MB is told without being read, and the next one comes', async () => {
    put('a.eml');
    truncateSync(join(root, 'a.eml'), 50 * 1024 * 1024 + 1);
    put('b.eml');
    const mails = [];
    for await (const mail of readMails(await findMailFiles(root))) mails.push(mail);
    expect(mails).toMatchObject([
      { name: join(root, 'a.eml'), problem: 'the mail is larger than 50 MB' },
      { name: join(root, 'b.eml'), raw: Buffer.from('Subject: x\n\nhello\n') },
    ]);
  });
});
