import { type Investigation } from '../../api/types';
import { shortId } from '../../parts/copy-id';
import { shortEntity } from '../../parts/entity-name';

type Entity = Investigation['entities'][number];

/** An entity as it is known: its hash, or its address. */
export function entityText(entity: Entity): string {
  return entity.type === 'file' ? entity.sha256 : entity.url;
}

/** What an investigation is called: by its alert, or by what it looks for. */
export function nameOf({ alert, entities }: Investigation): string {
  if (alert?.title !== undefined && alert.title !== '') return alert.title;
  const [first] = entities;
  if (first === undefined) return 'Investigation';
  const more = entities.length === 1 ? '' : ` and ${entities.length - 1} more`;
  return `${first.type === 'file' ? 'Malicious file' : 'Malicious URL'} – ${shortEntity(entityText(first))}${more}`;
}

/** "Investigation #1a2b3c4d is complete – Remediated". */
export function standingOf({ id, status, endedAt }: Investigation): string {
  return `Investigation #${shortId(id)} ${endedAt === null ? 'is not complete' : 'is complete'} – ${status}`;
}

/** How long its actions have waited for a person, in all, in milliseconds. */
export function pendingMs({ actions }: Investigation, now: number): number {
  return actions.reduce((total, { status, createdAt, decidedAt, endedAt, reasons }) => {
    if (reasons.length === 0) return total;
    const until = decidedAt ?? endedAt ?? (status === 'Pending' ? new Date(now).toISOString() : createdAt);
    return total + Math.max(0, new Date(until).getTime() - new Date(createdAt).getTime());
  }, 0);
}

/** When it last changed. */
export function changedAt({ startedAt, endedAt, actions }: Investigation): string {
  const times = [
    startedAt,
    endedAt,
    ...actions.flatMap(({ createdAt, decidedAt, endedAt: end }) => [createdAt, decidedAt, end]),
  ];
  return times.filter((time): time is string => time !== null).reduce((one, other) => (one > other ? one : other));
}
