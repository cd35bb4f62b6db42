#!/usr/bin/env node
// MISP → Clawback: reports the SHA-256 and URL attributes of a published event that are marked for detection (to_ids).
//   curl -s -H "Authorization: $MISP_KEY" -H 'Accept: application/json' https://misp.example/events/view/1234 | node misp.mjs
// Reads an event (`{"Event": {…}}`), or the answer of /events/restSearch (`{"response": [{"Event": {…}}]}`).
import { parseArgs } from 'node:util';
import {
  AdapterError,
  alertsOf,
  fileEntity,
  isObject,
  main,
  objectsOf,
  readJson,
  textOf,
  urlEntity,
} from './lib/clawback.mjs';

const SEVERITY = { 1: 'high', 2: 'medium', 3: 'low', 4: 'informational' };

function options() {
  try {
    return { dryRun: parseArgs({ options: { 'dry-run': { type: 'boolean' } } }).values['dry-run'] };
  } catch (error) {
    return { wrong: error.message };
  }
}

function eventsOf(input) {
  const events = [input, ...objectsOf(input.response)].map(({ Event: event }) => event).filter(isObject);
  if (events.length === 0 && !Array.isArray(input.response)) throw new AdapterError('the input holds no MISP event');
  return events;
}

/** The attributes of an event and of its objects that are to be detected and were not deleted. */
function attributesOf(event) {
  return [event, ...objectsOf(event.Object).filter(isKept)]
    .flatMap(({ Attribute: attributes }) => objectsOf(attributes))
    .filter((attribute) => attribute.to_ids === true && isKept(attribute));
}

function isKept({ deleted }) {
  return deleted !== true && deleted !== '1' && deleted !== 1;
}

/** The entity of an attribute; `null` where its value is none, `undefined` where its type is not ours. */
function entityOf({ type, value }) {
  switch (type) {
    case 'sha256':
      return fileEntity(value);
    case 'filename|sha256':
      // A file name may hold the bar too: the digest is behind the last one.
      return fileEntity(textOf(value, 10_000).split('|').at(-1));
    case 'url':
      return urlEntity(value);
    default:
      return undefined;
  }
}

function alertsOfEvent(event, skipped) {
  // A draft is nobody's verdict yet.
  if (event.published === false) return [];
  const entities = attributesOf(event).flatMap((attribute) => {
    const entity = entityOf(attribute);
    if (entity === null) skipped.push(`attribute ${textOf(attribute.uuid, 36)}: not a ${textOf(attribute.type, 20)}`);
    return entity ?? [];
  });
  const severity = SEVERITY[event.threat_level_id];
  const uuid = textOf(event.uuid, 200);
  const seconds = Number(event.timestamp);
  return alertsOf(entities, {
    alert: {
      title: `MISP: ${textOf(event.info, 400) || 'event without a title'}`,
      ...(severity === undefined ? {} : { severity }),
      source: 'MISP',
      ...(uuid === '' ? {} : { externalId: uuid }),
      ...(seconds > 0 && seconds < 4e9 ? { detectedAt: new Date(seconds * 1000).toISOString() } : {}),
    },
  });
}

async function work({ wrong }) {
  if (wrong !== undefined) throw new AdapterError(wrong, 2);
  const skipped = [];
  const alerts = eventsOf(await readJson()).flatMap((event) => alertsOfEvent(event, skipped));
  return { alerts, skipped };
}

const chosen = options();
await main('misp', () => work(chosen), chosen);
