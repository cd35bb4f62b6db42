#!/usr/bin/env node
// rspamd → Clawback: reports the URLs of a scanned mail that a phishing or malware list named.
//   curl -s -H 'URL-Format: extended' --data-binary @mail.eml http://127.0.0.1:11333/checkv2 | node rspamd.mjs
// Reads the answer of /checkv2, or the `json` formatter of metadata_exporter, from standard input.
import { parseArgs } from 'node:util';
import { AdapterError, alertsOf, isObject, main, objectsOf, readJson, textOf, urlEntity } from './lib/clawback.mjs';

/** Symbols whose options name what a list holds; `*` stands for anything. */
const PHISH = ['PHISHED_OPENPHISH', 'PHISHED_PHISHTANK', 'PHISHED_GENERIC_SERVICE', 'PH_SURBL_MULTI', 'DBL_PHISH'];
const MALWARE = ['MW_SURBL_MULTI', 'DBL_MALWARE', 'URLHAUS_*'];
/** A symbol that was given less than this part of its score is a guess: rspamd saw the host alone on the list. */
const LEAST_WEIGHT = 0.25;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        phish: { type: 'string', multiple: true },
        malware: { type: 'string', multiple: true },
        'dry-run': { type: 'boolean' },
      },
    });
    const { phish = PHISH, malware = MALWARE } = values;
    return { phish: phish.map(pattern), malware: malware.map(pattern), dryRun: values['dry-run'] };
  } catch (error) {
    return { wrong: error.message };
  }
}

function pattern(name) {
  return new RegExp(`^${name.replace(/[^\w*]/g, '').replaceAll('*', '\\w*')}$`);
}

/** The symbols as a list: /checkv2 answers an object by name, metadata_exporter a list. */
function symbolsOf(scan) {
  if (Array.isArray(scan.symbols)) return objectsOf(scan.symbols);
  return isObject(scan.symbols) ? Object.values(scan.symbols).filter(isObject) : [];
}

/** The hosts and addresses that a symbol names: `host`, `host:url` (RBL modules), `host/path` or a whole address. */
function namedBy({ options: named, score, metric_score: full }) {
  if (typeof score === 'number' && typeof full === 'number' && full > 0 && score / full < LEAST_WEIGHT) return [];
  return (Array.isArray(named) ? named : []).filter((one) => typeof one === 'string' && one !== '');
}

/** Whether a URL of the mail is what an option names: the address itself, its path, its host or a host below it. */
function isNamed({ href, hostname, pathname, search }, option) {
  if (/^(https?|ftp):\/\//i.test(option)) return URL.canParse(option) && new URL(option).href === href;
  const [, name = '', path] = /^([^/:\s]+)(?::\w+)?(\/\S*)?$/.exec(option.toLowerCase()) ?? [];
  if (!name.includes('.')) return false;
  const paths = [undefined, pathname.toLowerCase(), `${pathname}${search}`.toLowerCase()];
  return (hostname === name || hostname.endsWith(`.${name}`)) && paths.includes(path);
}

/** The full addresses of the mail, as far as the answer has them: host names alone say nothing of a page. */
function urlsOf({ urls }) {
  const given = (Array.isArray(urls) ? urls : []).flatMap((one) => urlEntity(isObject(one) ? one.url : one) ?? []);
  return given.map(({ url }) => ({ url, parsed: new URL(url) }));
}

async function work({ phish, malware, wrong }) {
  if (wrong !== undefined) throw new AdapterError(wrong, 2);
  const scan = await readJson();
  const symbols = symbolsOf(scan);
  const listed = (patterns) =>
    symbols.filter(({ name }) => patterns.some((one) => typeof name === 'string' && one.test(name))).flatMap(namedBy);
  const kinds = { Malware: listed(malware), Phish: listed(phish) };
  if (kinds.Malware.length + kinds.Phish.length === 0) return { alerts: [], skipped: [] };
  const urls = urlsOf(scan);
  const entities = Object.entries(kinds).flatMap(([threat, named]) => [
    ...urls.filter(({ parsed }) => named.some((one) => isNamed(parsed, one))).map(({ url }) => urlEntity(url, threat)),
    // A list that names a whole address needs no list of URLs beside it.
    ...named.flatMap((one) => urlEntity(one, threat) ?? []),
  ]);
  if (entities.length === 0 && urls.length === 0) {
    throw new AdapterError('a list named hosts, and the input has no full URLs: ask rspamd with URL-Format: extended');
  }
  const messageId = textOf(scan['message-id'] ?? scan.message_id, 200);
  return {
    skipped: [],
    alerts: alertsOf(firstOf(entities), {
      alert: {
        title: 'rspamd: a listed URL in a mail',
        severity: kinds.Malware.length > 0 ? 'high' : 'medium',
        source: 'rspamd',
        ...(messageId === '' ? {} : { externalId: messageId }),
        detectedAt: new Date().toISOString(),
      },
    }),
  };
}

/** Each address once, with the first threat that names it: malware before phishing. */
function firstOf(entities) {
  const seen = new Set();
  return entities.filter(({ url }) => !seen.has(url) && seen.add(url));
}

const chosen = options();
await main('rspamd', () => work(chosen), chosen);
