import { folderKind } from '../../../domain/location';
import { pathOfUnseen, personalFolders } from '../../../mail/imap/folders';

const ONE = { namespace: { prefix: '', delimiter: '.' }, namespaces: undefined };
const RECOVERABLE = 'Clawback Recoverable';

type Entry = Parameters<typeof personalFolders>[0][number];

/** A folder as a server lists it: its flags, and what the library takes it for. */
function listed(path: string, flags: readonly string[] = [], specialUse?: string): Entry {
  const name = path.split('.').at(-1) ?? '';
  return { path, name, delimiter: '.', flags: new Set(flags), ...(specialUse === undefined ? {} : { specialUse }) };
}

function namesOf(entries: readonly Entry[]): Record<string, string> {
  return Object.fromEntries(personalFolders(entries, ONE, RECOVERABLE).map(({ path, canonical }) => [path, canonical]));
}

const SENT = listed('Sent', ['\\Sent'], '\\Sent');
const SPECIALS = [
  listed('INBOX'),
  ...[SENT, listed('Drafts', ['\\Drafts'], '\\Drafts'), listed('Archive', ['\\Archive'], '\\Archive')],
  ...[listed('Trash', ['\\Trash'], '\\Trash'), listed('Junk', ['\\Junk'], '\\Junk')],
];

describe('the name of a folder', () => {
  test('says what it is for, of every folder that the server marks as such', () => {
    const more = [
      ...[listed('Sent Messages', ['\\Sent']), listed('Alt', ['\\archive']), listed('Entwurf', ['\\Drafts'])],
      ...[listed('Weg', ['\\Trash']), listed('Werbung', ['\\Junk'])],
    ];
    expect(namesOf([...SPECIALS, ...more])).toMatchObject({
      ...{ INBOX: 'inbox', Sent: 'sentitems', Drafts: 'drafts', Archive: 'archive', Trash: 'deleteditems' },
      ...{ Junk: 'junkemail', 'Sent Messages': 'sentitems/~/Sent Messages', Alt: 'archive/~/Alt' },
      ...{ Entwurf: 'drafts/~/Entwurf', Weg: 'deleteditems/~/Weg', Werbung: 'junkemail/~/Werbung' },
    });
  });

  test('says so by the name alone where automation then keeps off it, and of what is inside', () => {
    const names = namesOf([
      ...SPECIALS,
      ...[listed('Sent Items'), listed('Sent Items.2020'), listed('Papierkorb'), listed('Entwürfe'), listed('Spam')],
    ]);
    expect(names).toMatchObject({
      ...{ 'Sent Items': 'sentitems/~/Sent Items', 'Sent Items.2020': 'sentitems/~/Sent Items/2020' },
      ...{ Papierkorb: 'deleteditems/~/Papierkorb', Entwürfe: 'drafts/~/Entwürfe', Spam: 'Spam' },
    });
  });

  test('is what is inside a folder of a kind too', () => {
    expect(namesOf([...SPECIALS, listed('Junk.Sent'), listed('Archive.2020.Q1')])).toMatchObject({
      ...{ 'Junk.Sent': 'junkemail/Sent', 'Archive.2020.Q1': 'archive/2020/Q1' },
    });
  });

  test('is the same in whatever order they are listed, and no other folder has it', () => {
    const entries = [
      ...SPECIALS,
      ...[listed('Sent Messages', ['\\Sent']), listed('Sent Items'), listed('Sent Items.Archive'), listed('~')],
      ...[listed('~.Sent Items'), listed('inbox.~.x'), listed('drafts'), listed(RECOVERABLE), listed('Work')],
      ...[listed('recoverableitemsdeletions'), listed('~.recoverableitemsdeletions')],
    ];
    const names = namesOf(entries);
    expect(new Set(Object.values(names)).size).toBe(entries.length);
    expect(namesOf([...entries].reverse())).toEqual(names);
    expect(folderKind(names['drafts'] ?? '')).toBe('protected');
  });

  test('tells its path where the index has not seen it', () => {
    const entries = [
      ...SPECIALS,
      ...[listed('Sent Messages', ['\\Sent']), listed('Sent Items.2020'), listed('Work.a/b'), listed('~.x')],
    ];
    for (const { path, canonical } of personalFolders(entries, ONE, RECOVERABLE)) {
      expect(pathOfUnseen(ONE, canonical)).toBe(path);
    }
  });
});
