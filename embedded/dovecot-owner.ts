import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { type MailOwner } from './dovecot-config';

/** Whose the mail is where root starts the server: Dovecot gives no mail to root. */
const UNPRIVILEGED = ['mail', 'nobody'];

/** Whose the mail is, and as whom the server reads it: who starts it, or for root somebody with fewer rights. */
export function mailOwner(): MailOwner {
  const { uid, gid, username } = userInfo();
  const groupOf = (name: string): string => execFileSync('id', ['-gn', name], { encoding: 'utf8' }).trim();
  if (uid !== 0) return { name: username, uid, gid, group: groupOf(username) };
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of UNPRIVILEGED) {
    const [, , otherUid, otherGid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (otherUid !== undefined && otherGid !== undefined)
      return { name, uid: Number(otherUid), gid: Number(otherGid), group: groupOf(name) };
  }
  throw new Error(`Dovecot is started as root and needs one of the users ${UNPRIVILEGED.join(', ')} for the mail`);
}

const ENTER_BY_OTHERS = 0o001;

/**
 * Every folder above has to let the server's processes in where they are somebody else: Dovecot itself would start, and
 * answer every command with an internal error. Throws with the folder that does not.
 */
export function checkReachable(dir: string, { name, uid }: MailOwner): void {
  for (let folder = resolve(dir); ; folder = dirname(folder)) {
    const { mode, uid: owner } = statSync(folder);
    if (owner !== uid && (mode & ENTER_BY_OTHERS) === 0) {
      throw new Error(
        `Dovecot's processes, which run as ${name}, cannot enter ${folder}: chmod o+x it, or use another folder`,
      );
    }
    if (folder === dirname(folder)) return;
  }
}
