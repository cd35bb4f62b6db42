import { appendFileSync, fchmodSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Logger } from 'pino';
import { type AuditCopy } from '../store/audit-writer';

/** Takes the copy of each audit row: one JSON line. What cannot be written is in the log, and stops nothing. */
export type AuditSink = (copy: AuditCopy) => void;

/** Copies on stdout, for whatever collects the output of the roles `api` and `worker`. */
export function auditToStdout(logger: Logger): AuditSink {
  process.stdout.on('error', (error) => logger.error({ code: codeOf(error) }, 'stdout takes no copies of the audit'));
  return (copy) => void process.stdout.write(lineOf(copy));
}

/** Copies at the end of a file, mode 0600; its folder is made where there is none. Throws where it cannot be opened. */
export function auditToFile(file: string, logger: Logger): AuditSink {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const descriptor = openSync(file, 'a', 0o600);
  fchmodSync(descriptor, 0o600); // Also where it was there already.
  return (copy) => {
    try {
      appendFileSync(descriptor, lineOf(copy));
    } catch (error) {
      logger.error({ code: codeOf(error), auditId: copy.id }, 'a copy of an audit row could not be written');
    }
  };
}

function lineOf(copy: AuditCopy): string {
  return `${JSON.stringify(copy)}\n`;
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : 'unknown';
}
