const FLAGS: Readonly<Record<string, string>> = {
  D: '\\Draft',
  F: '\\Flagged',
  R: '\\Answered',
  S: '\\Seen',
  T: '\\Deleted',
};

/** What mail programs call the folders that every mailbox has, and what they are called here. */
const USUAL_FOLDERS: Readonly<Record<string, string>> = {
  archives: 'archive',
  'deleted items': 'deleteditems',
  'deleted messages': 'deleteditems',
  'junk e-mail': 'junkemail',
  'junk email': 'junkemail',
  'sent items': 'sentitems',
  'sent mail': 'sentitems',
  'sent messages': 'sentitems',
  draft: 'drafts',
  junk: 'junkemail',
  sent: 'sentitems',
  spam: 'junkemail',
  trash: 'deleteditems',
};

/** The flags in a Maildir file name: the letters after `:2,` (`;2,` where the disk knows no colon). */
export function flagsOf(fileName: string): string[] {
  const letters = /[:;]2,([A-Za-z]*)$/.exec(fileName)?.[1] ?? '';
  return [...new Set(letters)].flatMap((letter) => FLAGS[letter] ?? []);
}

/**
 * The folder that a Maildir's sub-folder is: `.Projects.2026` is `Projects/2026`. The folders that every mailbox has are
 * known by their usual names, so that mail in `.Sent` is as protected as it was.
 */
export function folderOf(directory: string): string {
  const name = directory.replace(/^\./, '').split('.').map(decoded).join('/');
  const own = name.replace(/^inbox\/(?=.)/i, '');
  return USUAL_FOLDERS[own.toLowerCase()] ?? own;
}

/** Modified UTF-7 (RFC 3501) as text; as it stands where it is none. */
function decoded(name: string): string {
  return name.replace(/&([A-Za-z0-9+,]*)-/g, (whole, code: string) => {
    if (code === '') return '&';
    const bytes = Buffer.from(code.replace(/,/g, '/'), 'base64');
    return bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : whole;
  });
}
