import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeDocument, ROOT, variables } from './compose-document';

const SCRIPT = join(ROOT, 'scripts', 'compose-env.mjs');
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'clawback-compose-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const run = () => spawnSync(process.execPath, [SCRIPT], { cwd: folder, encoding: 'utf8' });
const written = () => readFileSync(join(folder, '.env'), 'utf8');

describe('npm run compose:env', () => {
  it('writes exactly the names that docker-compose.yml asks for', () => {
    expect(run().status).toBe(0);
    const asked = variables(composeDocument()).filter(({ required }) => required);
    const names = [...written().matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    expect(names.sort()).toEqual([...new Set(asked.map(({ name }) => name))].sort());
  });

  it('writes secrets that are long, all different, and new each time', () => {
    run();
    const first = written();
    const values = [...first.matchAll(/=(.*)$/gm)].map(([, value]) => value);
    expect(values.every((value) => /^[0-9a-f]{64}$/.test(value ?? ''))).toBe(true);
    expect(new Set(values).size).toBe(values.length);
    rmSync(join(folder, '.env'));
    run();
    expect(written()).not.toBe(first);
  });

  it('lets only the owner read them, and prints none', () => {
    const { stdout } = run();
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
    expect(stdout).not.toMatch(/[0-9a-f]{64}/);
  });

  it('leaves an existing .env as it is, with one clear line', () => {
    writeFileSync(join(folder, '.env'), 'MINE=1\n');
    const { status, stderr } = run();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^\.env exists[^\n]*\n$/);
    expect(written()).toBe('MINE=1\n');
  });
});
