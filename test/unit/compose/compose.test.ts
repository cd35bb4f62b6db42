import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { type ComposeDocument, composeDocument, ROOT, type Service } from './compose-document';
import { RULES } from './rules';

const schema = JSON.parse(readFileSync(join(__dirname, 'compose-spec.json'), 'utf8')) as object;
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
const validate = ajv.compile(schema);

type Damage = (document: ComposeDocument) => void;

function service(document: ComposeDocument, name: string): Service {
  const found = document.services[name];
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
}

/** Sets keys of one service; `undefined` takes the key away. */
function set(name: string, keys: { [Key in keyof Service]?: Service[Key] | undefined }): Damage {
  return (document) => Object.assign(service(document, name), keys);
}

function setEnvironment(name: string, key: string, value: string): Damage {
  return (document) => Object.assign(service(document, name).environment ?? {}, { [key]: value });
}

function damaged(damage: Damage): ComposeDocument {
  const document = composeDocument();
  damage(document);
  return document;
}

const DAMAGE: Record<keyof typeof RULES, [says: string, damage: Damage][]> = {
  pinnedImages: [
    ['the latest image', set('mongo', { image: 'mongo:latest' })],
    ['an image without a tag', set('mongo', { image: 'mongo' })],
    ['a major version alone', set('mongo', { image: 'mongo:7' })],
    ['a variable for a version', set('temporal', { image: 'temporalio/server:${VERSION}' })],
  ],
  requiredSecrets: [
    ['a password in the file', setEnvironment('postgresql', 'POSTGRES_PASSWORD', 'temporal')],
    ['a password with a default', setEnvironment('postgresql', 'POSTGRES_PASSWORD', '${PASSWORD:-temporal}')],
    ['a password that may be empty', setEnvironment('postgresql', 'POSTGRES_PASSWORD', '${PASSWORD}')],
    ['a password in a URI', setEnvironment('worker', 'MONGODB_URI', 'mongodb://clawback:pw@mongo:27017/clawback')],
  ],
  loopbackPorts: [
    ['a port on every address', set('api', { ports: ['3000:3000'] })],
    ['a port on 0.0.0.0', set('api', { ports: ['0.0.0.0:3000:3000'] })],
    ['the host’s network', set('api', { network_mode: 'host' })],
  ],
  databasesNotPublished: [
    ['a published MongoDB', set('mongo', { ports: ['127.0.0.1:27017:27017'] })],
    ['a Temporal server on a network that leaves the host', set('temporal', { networks: ['egress'] })],
  ],
  notRoot: [
    ['root by number', set('worker', { user: '0:0' })],
    ['an image’s own user, whoever that is', set('worker', { user: undefined })],
  ],
  readOnly: [['a worker that can write its image', set('worker', { read_only: false })]],
  noPrivileges: [
    ['kept capabilities', set('worker', { cap_drop: [] })],
    ['new privileges', set('worker', { security_opt: [] })],
    ['a privileged container', set('worker', { privileged: true })],
  ],
  init: [['no init', set('worker', { init: false })]],
  restarts: [['a worker that stays dead', set('worker', { restart: undefined })]],
  healthChecks: [
    ['no health check', set('worker', { healthcheck: undefined })],
    ['a health check that is turned off', set('worker', { healthcheck: { test: ['NONE'] } })],
  ],
  gracePeriods: [['no grace period', set('mongo', { stop_grace_period: undefined })]],
  workerGrace: [['Docker’s ten seconds', set('worker', { stop_grace_period: '10s' })]],
  orderedStart: [
    ['a wait for a start only', set('api', { depends_on: { mongo: { condition: 'service_started' } } })],
    ['a wait for a one-shot’s health', set('api', { depends_on: { 'mongo-init': { condition: 'service_healthy' } } })],
    ['a wait for nobody', set('api', { depends_on: { nobody: { condition: 'service_healthy' } } })],
  ],
  boundedHeap: [
    ['a heap of its own choice', setEnvironment('worker', 'NODE_OPTIONS', '')],
    ['a heap as large as the container', setEnvironment('worker', 'NODE_OPTIONS', '--max-old-space-size=2560')],
    ['no memory limit', set('worker', { mem_limit: undefined })],
  ],
};

describe('docker-compose.yml', () => {
  it('is valid by the schema of the Compose Specification', () => {
    validate(composeDocument());
    expect(validate.errors).toBeNull();
  });

  it('would not be valid with a key that Compose does not know', () => {
    expect(validate(damaged((document) => Object.assign(service(document, 'api'), { retsart: 'always' })))).toBe(false);
  });

  it('has the services that the cluster needs, and no others', () => {
    expect(Object.keys(composeDocument().services).sort()).toEqual(
      // prettier-ignore
      ['api', 'mongo', 'mongo-init', 'postgresql', 'temporal', 'temporal-namespace', 'temporal-schema', 'temporal-ui', 'worker'],
    );
  });

  describe.each(Object.entries(RULES))('%s', (name, rule) => {
    it('holds', () => expect(rule(composeDocument())).toEqual([]));

    it.each(DAMAGE[name as keyof typeof RULES])('refuses %s', (_says, damage) => {
      expect(rule(damaged(damage))).toHaveLength(1);
    });
  });
});

describe('Dockerfile', () => {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');

  it('builds both stages on one exact version of Node on bookworm-slim', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    expect(bases).toEqual(['node:20.20.2-bookworm-slim', 'node:20.20.2-bookworm-slim']);
  });

  it('does not run as root', () => expect(dockerfile).toMatch(/^USER node$/m));

  it('never sends this machine’s secrets to the build', () => {
    const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.env', '.env.*', '.clawback', '.git', 'node_modules']));
  });
});
