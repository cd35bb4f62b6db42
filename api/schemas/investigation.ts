import { ATTRIBUTE_PAIRS } from '../../domain/attributes';
import { z } from 'zod';
import { CLUSTER_TYPES } from '../../domain/cluster';
import { INVESTIGATION_STATUSES } from '../../domain/investigation';
import { THREATS, VERDICTS } from '../../domain/verdict';
import { id } from '../fields';
import { action, reason } from './action';
import { at, count, counts, maybeAt, name, word } from './common';

const threat = z.enum(THREATS);

const entity = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('file'), sha256: z.string(), threat }),
  z.strictObject({ type: z.literal('url'), url: z.string(), threat }),
]);

const alert = z.strictObject({
  title: z.string().optional(),
  severity: z.enum(['informational', 'low', 'medium', 'high']).optional(),
  source: z.string().optional(),
  externalId: z.string().optional(),
  detectedAt: at.optional(),
  url: z.string().optional(),
  startedBy: name,
  startedByPerson: z.boolean(),
});

const decision = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none'), because: z.enum(['notMalicious', 'nothingInMailboxes']) }),
  z.strictObject({ kind: z.literal('automatic'), waiting: z.array(reason) }),
  z.strictObject({ kind: z.literal('pending'), reasons: z.array(reason) }),
]);

export const cluster = z.strictObject({
  id,
  type: z.enum(CLUSTER_TYPES),
  name: z.string(),
  verdict: z.enum(VERDICTS),
  query: z.string(),
  queryTime: at,
  messageCount: count,
  mailboxCount: count,
  excludedCount: count,
  deliveryCounts: counts,
  locationCounts: counts,
  threats: z.array(threat),
  coverage: z.strictObject({
    mailboxesSearched: count,
    mailboxesStale: count,
    mailboxesUnreachable: count,
    mailboxesExcluded: count,
  }),
  facts: z.strictObject({
    protectedCount: count,
    decision,
    /** How similar messages were judged: malicious from so many known ones on, and so great a share of all members. */
    similar: z
      .strictObject({
        ...{ pair: z.enum(ATTRIBUTE_PAIRS), members: count, known: count },
        ...{ neededKnown: count, neededPercent: count },
      })
      .optional(),
  }),
  remediationStatus: z.enum(['none', 'pending', 'running', 'remediated', 'partiallyRemediated', 'notFound']),
});

/** A mailbox and its messages of an investigation's clusters, by where they are now. */
export const clusterMailbox = z.strictObject({
  mailbox: z.string(),
  messageCount: count,
  locationCounts: counts,
  lastReceivedAt: at,
});

const STAGES = ['alert', 'cluster', 'decision', 'firstRemoval', 'lastRemoval'] as const;

export const investigation = z.strictObject({
  id,
  workflowId: z.string(),
  runId: z.string().nullable(),
  status: z.enum(INVESTIGATION_STATUSES),
  entities: z.array(entity),
  verdict: z.enum(VERDICTS),
  alert: alert.nullable(),
  clusters: z.array(cluster),
  actions: z.array(action),
  startedAt: at,
  endedAt: maybeAt,
  durationMs: count.nullable(),
  stages: z.strictObject({
    ...Object.fromEntries(STAGES.map((stage) => [stage, at.optional()])),
    latencies: z.partialRecord(z.enum(STAGES), z.number()),
  }),
  threatCount: count,
  actionCount: count,
  termination: word.nullable(),
  relatedInvestigations: z.array(id),
});

export const opened = z.strictObject({ id, workflowId: z.string(), status: z.enum(INVESTIGATION_STATUSES) });

export const logEntry = z.strictObject({ at, event: z.string(), detail: z.unknown() });
