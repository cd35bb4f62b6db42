// Run while the image is built: deletes the native libraries of every other platform from the folder it is given, and
// fails where its own is not there, so that an image which cannot start is not built.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node keep-own-platform.mjs FOLDER');
  process.exit(2);
}
const own = { x64: 'x86_64-unknown-linux-gnu', arm64: 'aarch64-unknown-linux-gnu' }[process.arch];
const found = readdirSync(folder);
if (own === undefined || !found.includes(own)) {
  console.error(`no native library for ${process.platform} ${process.arch} in ${folder}`);
  process.exit(1);
}
for (const name of found) if (name !== own) rmSync(join(folder, name), { recursive: true });
