import { folderKind } from '../../../domain/location';
import { pathOf, pathOfUnseen, personalFolders } from '../../../mail/imap/folders';

const ONE = spaces(['']);
const RECOVERABLE = 'Clawback Recoverable';

type Entry = Parameters<typeof personalFolders>[0][number];

/** The namespaces of a user's own folders, in the order in which the server names them, of others, and shared ones. */
function spaces(personal: readonly string[], other: readonly string[] = [], shared: readonly string[] = []) {
  const of = (prefixes: readonly string[]) => prefixes.map((prefix) => ({ prefix, delimiter: '.' }));
  return { namespaces: { personal: of(personal), other: of(other), shared: of(shared) } };
}

/** A folder as a server lists it: its flags, and what the library takes it for. */
function listed(path: string, flags: readonly string[] = [], specialUse?: string): Entry {
  const name = path.split('.').at(-1) ?? '';
  return { path, name, delimiter: '.', flags: new Set(flags), ...(specialUse === undefined ? {} : { specialUse }) };
}

function namesOf(entries: readonly Entry[], within = ONE): Record<string, string> {
  return Object.fromEntries(
    personalFolders(entries, within, new Set([RECOVERABLE])).map(({ path, canonical }) => [path, canonical]),
  );
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
    for (const { path, canonical } of personalFolders(entries, ONE, new Set([RECOVERABLE]))) {
      expect(pathOfUnseen(ONE, canonical)).toBe(path);
    }
  });
});

describe('of several namespaces', () => {
  const TWO = spaces(['Old.', 'INBOX.']);
  const entries = [
    ...[listed('INBOX'), listed('INBOX.Work'), listed('INBOX.Old.Work'), listed('Old.Work'), listed('Old.inbox')],
    ...[listed('INBOX.Sent', ['\\Sent'], '\\Sent'), listed('Old.Sent', [], '\\Sent'), listed('Old.~')],
  ];

  test('the one of the inbox is where a folder is made, wherever the server names it', () => {
    expect(pathOf(TWO, ['Clawback', 'Deletions'])).toBe('INBOX.Clawback.Deletions');
    expect(pathOf(spaces(['Mail.']), ['Kept'])).toBe('Mail.Kept');
    expect(pathOf(spaces(['Old.', '']), ['Kept'])).toBe('Kept');
  });

  test('each folder has a name of its own, and its kind', () => {
    const names = namesOf(entries, TWO);
    expect(names).toMatchObject({
      ...{ 'INBOX.Work': 'Work', 'INBOX.Old.Work': 'Old/Work', 'Old.Work': '~~/Old/Work' },
      ...{ 'INBOX.Sent': 'sentitems', 'Old.Sent': 'sentitems/~~/Old/Sent' },
    });
    expect(new Set(Object.values(names)).size).toBe(entries.length);
    for (const [path, name] of Object.entries(names)) expect(pathOfUnseen(TWO, name)).toBe(path);
  });

  test("the longest prefix says whose a folder is: others' and shared ones are left out", () => {
    const paths = ['INBOX', 'INBOX.Work', 'bulletin.news', 'user.bob', 'user.bob.Sent'];
    const shown = (within: typeof ONE): string[] =>
      Object.keys(
        namesOf(
          paths.map((path) => listed(path)),
          within,
        ),
      );
    expect(shown(spaces(['INBOX.'], ['user.'], ['']))).toEqual(['INBOX', 'INBOX.Work']);
    expect(shown(spaces([''], ['user.'], ['bulletin.']))).toEqual(['INBOX', 'INBOX.Work']);
  });
});
