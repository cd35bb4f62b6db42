import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program of Debian's that some tests need. */
export interface NeededProgram {
  /** As a person calls it; names the lock too, under which one test file installs it and the others wait. */
  readonly name: string;
  /** The packages that bring it. */
  readonly packages: string;
  /** A file that is there once they are installed. */
  readonly file: string;
  /** What else helps where it is missing, such as a variable to set. */
  readonly hint?: string;
  readonly isThere: () => boolean;
}

const INSTALL_MS = 600_000;
/** Why each could not be installed: it is tried once. */
const refused = new Map<string, string | null>();

/** Tests that need a program: skipped where there is none, with a word on how to get it; in CI that is a failure. */
export function describeWith(program: NeededProgram, name: string, tests: () => void): void {
  const lacking = lacks(program);
  if (lacking === null) {
    describe(name, tests);
    return;
  }
  if (process.env['CI'] === 'true') throw new Error(`In CI nothing is skipped: ${lacking}`);
  process.stderr.write(`Skipped: ${name}. ${lacking}\n`);
  describe.skip(name, tests);
}

/** Why it is not there, or `null` where it is. Only where it is asked for, or in CI, does a test change the machine. */
function lacks(program: NeededProgram): string | null {
  const { name, packages, hint = '', isThere } = program;
  if (isThere()) return null;
  if (process.env['CI'] !== 'true' && process.env['CLAWBACK_TEST_INSTALL'] !== '1')
    return `${name} is missing: install ${packages}${hint}, or set CLAWBACK_TEST_INSTALL=1 and let the tests do it as root`;
  if (!refused.has(name)) refused.set(name, install(program));
  return refused.get(name) ?? (isThere() ? null : `${packages} are installed, but not where they are looked for`);
}

/** What went wrong, or `null` where it is installed now. */
function install({ name, packages, file }: NeededProgram): string | null {
  const env = {
    ...process.env,
    PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
    DEBIAN_FRONTEND: 'noninteractive',
  };
  const script =
    'exec 9> "$0"; flock 9; ' +
    `test -e ${file} || { apt-get update && apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=240 ${packages}; }`;
  try {
    // Several test files come to this at the same time: the first installs it, the others wait and find it.
    const lock = join(tmpdir(), `clawback-install-${name.toLowerCase()}.lock`);
    execFileSync('sh', ['-c', script, lock], { stdio: 'pipe', timeout: INSTALL_MS, env });
    return null;
  } catch (error) {
    return `${name} is missing and could not be installed (apt-get install ${packages}): ${String(error)}`;
  }
}
