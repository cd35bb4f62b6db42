// Writes .env for docker-compose.yml: one random secret for each name that it asks for, mode 0600. Never overwrites: the
// databases keep the passwords of their first start, so a new .env would lock Clawback out of them.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const SECRETS = [
  'MONGODB_ROOT_PASSWORD',
  'MONGODB_KEYFILE_SECRET',
  'CLAWBACK_MONGODB_PASSWORD',
  'TEMPORAL_POSTGRES_PASSWORD',
  'CLAWBACK_ADMIN_TOKEN',
];
const FILE = '.env';

// Hex: stands in a URI, a YAML string, a key file and a shell without quoting.
const lines = SECRETS.map((name) => `${name}=${randomBytes(32).toString('hex')}\n`);
try {
  writeFileSync(FILE, lines.join(''), { mode: 0o600, flag: 'wx' });
  console.log(`${FILE} written with ${SECRETS.length} secrets; keep it, the databases are made with them`);
} catch (err) {
  console.error(
    err.code === 'EEXIST'
      ? `${FILE} exists and is left as it is; remove it yourself if its databases are gone too`
      : `${FILE} could not be written: ${err.message}`,
  );
  process.exitCode = 1;
}
