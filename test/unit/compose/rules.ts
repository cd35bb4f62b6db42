import { type ComposeDocument, type Service } from './compose-document';

/** Gives one sentence for each service, or variable, that breaks the rule; none where it holds. */
export type Rule = (document: ComposeDocument) => string[];
type ServiceRule = (service: Service, name: string, document: ComposeDocument) => boolean;

function everyService(says: string, holds: ServiceRule): Rule {
  return (document) =>
    Object.entries(document.services)
      .filter(([name, service]) => !holds(service, name, document))
      .map(([name]) => `${name}: ${says}`);
}

/** A service that is not a one-shot: those stop by themselves and are restarted only when they fail. */
const staysUp = (service: Service) => service.restart === 'unless-stopped';

/** The start script of the Temporal UI's image writes its configuration beside the program. */
const WRITABLE_ROOT = ['temporal-ui'];
const EXACT_VERSION = /^[a-z0-9./-]+:\d+\.\d+(\.\d+)?(-[a-z0-9]+)?$/;
const SECRET_NAME = /PASSWORD|PWD|SECRET|TOKEN|KEY|_URI$/;
const ONLY_A_REQUIRED_VARIABLE = /^\$\{\w+:\?[^}]+\}$/;

function isSafe(name: string, value: string): boolean {
  if (!SECRET_NAME.test(name) || name.endsWith('_FILE')) return true;
  if (name.endsWith('_URI')) return !value.includes('@') || /:\/\/[\w-]+:\$\{\w+:\?[^}]+\}@/.test(value);
  return ONLY_A_REQUIRED_VARIABLE.test(value);
}

/** What one-shots leave behind is ready when they have ended well; anything else when its health check says so. */
function rightCondition(document: ComposeDocument, name: string, condition: string | undefined): boolean {
  const service = document.services[name];
  if (service === undefined) return false;
  return condition === (staysUp(service) ? 'service_healthy' : 'service_completed_successfully');
}

const seconds = (duration = '') => Number(/^(\d+)s$/.exec(duration)?.[1] ?? NaN);

function mebibytes(size = ''): number {
  const [, count, unit] = /^(\d+)([mg])$/.exec(size) ?? [];
  return Number(count) * (unit === 'g' ? 1024 : 1);
}

function heapFits({ environment, mem_limit: limit }: Service): boolean {
  const heap = Number(/--max-old-space-size=(\d+)/.exec(environment?.['NODE_OPTIONS'] ?? '')?.[1]);
  return heap > 0 && heap * 1.5 <= mebibytes(limit);
}

const isOurs = (service: Service) => service.image?.startsWith('clawback:') === true;

export const RULES = {
  pinnedImages: everyService('its image has no exact version', ({ image = '' }) => EXACT_VERSION.test(image)),
  requiredSecrets: everyService('a secret is not ${VAR:?…}', ({ environment = {} }) =>
    Object.entries(environment).every(([name, value]) => isSafe(name, value)),
  ),
  loopbackPorts: everyService('a port is published beyond 127.0.0.1', ({ ports = [], network_mode: mode }) =>
    [mode === undefined, ...ports.map((port) => /^127\.0\.0\.1:\d+:\d+$/.test(port))].every(Boolean),
  ),
  databasesNotPublished: everyService(
    'a store or Temporal is published, or on a network that leaves the host',
    ({ ports, networks = [] }, name, document) =>
      !['mongo', 'postgresql', 'temporal'].includes(name) ||
      (ports === undefined && networks.every((network) => document.networks[network]?.internal === true)),
  ),
  notRoot: everyService('it may run as root', ({ user = '' }) => /^[1-9]\d*:[1-9]\d*$/.test(user)),
  readOnly: everyService(
    'its root file system can be written',
    ({ read_only: readOnly }, name) => readOnly === true || WRITABLE_ROOT.includes(name),
  ),
  noPrivileges: everyService(
    'it keeps privileges',
    (service) =>
      service.cap_drop?.includes('ALL') === true &&
      service.security_opt?.includes('no-new-privileges:true') === true &&
      service.privileged !== true,
  ),
  init: everyService('nothing reaps its children', (service) => service.init === true),
  restarts: everyService('it has no restart policy', ({ restart = '' }) =>
    ['unless-stopped', 'on-failure:5'].includes(restart),
  ),
  healthChecks: everyService(
    'it stays up and has no health check',
    (service) => !staysUp(service) || service.healthcheck?.test[0] === 'CMD',
  ),
  gracePeriods: everyService('it has no grace period', (service) => seconds(service.stop_grace_period) > 0),
  /** `shutdownGraceTime` is 30 s; the worker's force time is above it, and this is above both. */
  workerGrace: everyService(
    'its grace period is not well above the worker’s own 30 s',
    (service, name) => name !== 'worker' || seconds(service.stop_grace_period) >= 60,
  ),
  orderedStart: everyService('it waits for a service without the right condition', (service, _name, document) =>
    Object.entries(service.depends_on ?? {}).every(([other, { condition }]) =>
      rightCondition(document, other, condition),
    ),
  ),
  boundedHeap: everyService('its heap is not set below its memory', (service) => !isOurs(service) || heapFits(service)),
} satisfies Record<string, Rule>;
