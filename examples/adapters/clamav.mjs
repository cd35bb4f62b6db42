#!/usr/bin/env node
// ClamAV → Clawback: reports the files in which clamd, clamscan or clamdscan found malware, by their SHA-256.
//   as clamd's VirusEvent:  VirusEvent /usr/bin/node /opt/clawback/adapters/clamav.mjs
//   behind a scan:          clamscan -r --infected --no-summary FOLDER | node clamav.mjs --under FOLDER
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { AdapterError, alertsOf, fileEntity, main, readInput } from './lib/clawback.mjs';

/** No larger file travels in a mail that Clawback takes. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const FOUND = /^(?<path>.+): (?<name>\S+) FOUND$/;
/** ClamAV's guesses and unwanted-but-not-malicious programs: reported as suspicious, which removes nothing. */
const GUESS = /^(Heuristics|PUA)\./;

function options() {
  try {
    const { values } = parseArgs({ options: { under: { type: 'string' }, 'dry-run': { type: 'boolean' } } });
    return { under: values.under, dryRun: values['dry-run'] };
  } catch (error) {
    return { wrong: error.message };
  }
}

/** What was found: from the environment that clamd gives its VirusEvent, else from the lines of a scan. */
async function findings({ under, wrong }) {
  if (wrong !== undefined) throw new AdapterError(wrong, 2);
  const { CLAM_VIRUSEVENT_FILENAME: path, CLAM_VIRUSEVENT_VIRUSNAME: name } = process.env;
  if (path) return [{ path, name: name || 'unknown' }];
  if (under === undefined) throw new AdapterError('name the folder that was scanned: --under FOLDER', 2);
  const lines = (await readInput()).split(/\r?\n/);
  return lines.flatMap((line) => {
    const { path: scanned, name: found } = FOUND.exec(line)?.groups ?? {};
    return scanned === undefined ? [] : [{ path: scanned, name: found, under }];
  });
}

/** The SHA-256 of a regular file; throws what is wrong with it. */
async function digest({ path, under }) {
  // A name in the output can hold a line break, and so a line that no scanner wrote: nothing outside the folder is read.
  if (under !== undefined) {
    const inside = relative(await realpath(under), await realpath(path));
    if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) throw new Error('is not in the folder');
  }
  // Without waiting: a pipe with nobody at its other end is no file.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size, isFile } = await file.stat().then((stat) => ({ size: stat.size, isFile: stat.isFile() }));
    if (!isFile) throw new Error('is not a file');
    if (size > MAX_FILE_BYTES) throw new Error(`is larger than ${MAX_FILE_BYTES / 1024 / 1024} MB`);
    const hash = createHash('sha256');
    for await (const piece of file.createReadStream({ autoClose: false })) hash.update(piece);
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}

async function work(chosen) {
  const found = await findings(chosen);
  const skipped = [];
  const files = { malicious: [], suspicious: [] };
  for (const finding of found) {
    try {
      const entity = fileEntity(await digest(finding));
      files[GUESS.test(finding.name) ? 'suspicious' : 'malicious'].push({ entity, name: finding.name });
    } catch (error) {
      skipped.push(`${finding.path}: ${error.code === 'ENOENT' ? 'is gone' : error.message}`);
    }
  }
  const alerts = Object.entries(files).flatMap(([verdict, all]) =>
    alertsOf(
      all.map(({ entity }) => entity),
      {
        verdict,
        alert: { title: titleOf(all), severity: 'high', source: 'ClamAV', detectedAt: new Date().toISOString() },
      },
    ),
  );
  if (alerts.length === 0 && skipped.length > 0) throw new AdapterError(`nothing could be read: ${skipped[0]}`);
  return { alerts, skipped };
}

function titleOf(all) {
  const names = [...new Set(all.map(({ name }) => name))];
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return `ClamAV: ${names.slice(0, 3).join(', ')}${more}`.slice(0, 500);
}

const chosen = options();
await main('clamav', () => work(chosen), chosen);
