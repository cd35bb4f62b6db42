import { BlockList, isIP } from 'node:net';

/** A place that may be called although its address is not a public one. */
export type Allowed =
  | { readonly kind: 'network'; readonly network: BlockList }
  | { readonly kind: 'host'; readonly host: string; readonly port: number };

/** Where a webhook may point and what may really be connected to. */
export interface Targets {
  /** Why a URL may not be a webhook's, as far as the URL alone tells; `null` where it may. */
  refusal(url: URL): string | null;
  /** Whether a connection to this address may be made for this host and port. */
  permits(host: string, port: number, address: string): boolean;
}

/** IANA's special-purpose registry (RFC 6890 and later), multicast, and Azure's platform address, which is a public one. */
const NOT_PUBLIC_4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Within global unicast: Teredo and its like, documentation, and 6to4, which holds an IPv4 address. */
const NOT_PUBLIC_6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];
const GLOBAL_UNICAST = networks('ipv6', [['2000::', 3]]);
const PRIVATE_4 = networks('ipv4', NOT_PUBLIC_4);
const PRIVATE_6 = networks('ipv6', NOT_PUBLIC_6);

/**
 * Whether an address is one of the internet's: all of IPv6 but global unicast is not, mapped and translated IPv4
 * (`::ffff:0:0/96`, `64:ff9b::/96`) included.
 */
export function isPublic(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !PRIVATE_4.check(address, 'ipv4');
    case 6:
      return GLOBAL_UNICAST.check(address, 'ipv6') && !PRIVATE_6.check(address, 'ipv6');
    default:
      return false;
  }
}

export function createTargets(allowed: readonly Allowed[]): Targets {
  const permits: Targets['permits'] = (host, port, address) =>
    isPublic(address) ||
    allowed.some((rule) =>
      rule.kind === 'network'
        ? rule.network.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
        : rule.port === port && (rule.host === host || rule.host === address),
    );
  return {
    permits,
    refusal(url) {
      if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'needs to be an http or https address';
      if (url.username !== '' || url.password !== '') return 'holds a user name or a password';
      const host = hostOf(url);
      const literal = isLocalName(host) ? '127.0.0.1' : host;
      return isIP(literal) === 0 || permits(host, portOf(url), literal)
        ? null
        : 'is an address of a private network, of this machine or of no public use: CLAWBACK_WEBHOOK_ALLOW can allow it';
    },
  };
}

/** The host of a URL as a resolver takes it: no brackets, no dot at the end. WHATWG has made IPv4 plain already. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

export function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

/** Names that are this machine whatever a resolver says (RFC 6761). */
function isLocalName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost');
}

const NETWORK = /^(?<address>[^/]+)(?:\/(?<bits>\d{1,3}))?$/;
const HOST_AND_PORT = /^(?<host>\[[0-9a-f:.]+\]|[\w.-]+):(?<port>\d{1,5})$/i;
const MAX_PORT = 65_535;

/** Reads a comma list of `host:port`, addresses and networks in CIDR notation; `null` where an entry is none of them. */
export function parseAllowed(text: string): readonly Allowed[] | null {
  const read = text
    .split(',')
    .flatMap((entry) => entry.trim() || [])
    .map((entry) => networkIn(entry) ?? hostIn(entry));
  const good = read.filter((entry) => entry !== null);
  return good.length === read.length ? good : null;
}

function networkIn(entry: string): Allowed | null {
  const { address = '', bits } = NETWORK.exec(entry)?.groups ?? {};
  const version = isIP(address);
  const width = version === 4 ? 32 : 128;
  if (version === 0 || Number(bits ?? width) > width) return null;
  return { kind: 'network', network: networks(version === 4 ? 'ipv4' : 'ipv6', [[address, Number(bits ?? width)]]) };
}

function hostIn(entry: string): Allowed | null {
  const { host, port } = HOST_AND_PORT.exec(entry)?.groups ?? {};
  if (host === undefined) return null;
  const url = `http://${host}/`;
  if (!URL.canParse(url) || Number(port) < 1 || Number(port) > MAX_PORT) return null;
  return { kind: 'host', host: hostOf(new URL(url)), port: Number(port) };
}

function networks(type: 'ipv4' | 'ipv6', ranges: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, bits] of ranges) list.addSubnet(address, bits, type);
  return list;
}
