import { type Request, type Response } from 'express';
import { type ChangeKind } from '../../store/changes';
import { callerOf, callerStill, type Role } from '../auth';
import { type ApiDeps } from '../deps';
import { type EventHub } from '../events/hub';
import { type Routes } from '../route';

/**
 * Who is told of what: readers of everything; who may decide, of what they decide; who starts investigations, of these.
 */
const TOLD: Readonly<Record<ChangeKind, readonly Role[]>> = {
  investigation: ['reader', 'operator', 'detector'],
  action: ['reader', 'approver'],
  revert: ['reader', 'approver'],
};
const LISTENERS = [...new Set(Object.values(TOLD).flat())];

/** An id is a position of MongoDB's stream; what is none reaches back to nothing. */
const POSITION = /^[0-9A-F]{1,512}$/;

/** Changes as they happen. */
export function eventRoutes(routes: Routes, { store, clock }: ApiDeps, hub: EventHub): void {
  routes.add(
    {
      method: 'get',
      path: '/events',
      summary:
        'Server-sent events `investigation`, `action` and `revert` with ids, statuses and counts, at most two a second of each thing; `reset` where what came after Last-Event-ID is not known any more',
      roles: LISTENERS,
      success: [200, 'The stream; it ends with the right to it, with the server, and where it is read too slowly'],
      answerTypes: ['text/event-stream'],
      problems: ['too-many-requests'],
    },
    async ({ request, response }) => {
      const client = {
        write(text: string) {
          if (!response.headersSent) begin(response);
          response.write(text);
        },
        waiting: () => response.writableLength,
        end() {
          if (response.writableLength > 0) response.destroy();
          else response.end();
        },
        async may() {
          const caller = await callerStill(store, clock(), request);
          return caller && kindsFor(caller.roles);
        },
      };
      response.once('close', () => hub.leave(client));
      await hub.join(client, kindsFor(callerOf(request).roles), lastEventIdOf(request));
      if (response.destroyed) hub.leave(client);
      return undefined;
    },
  );
}

function begin(response: Response): void {
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store, no-transform',
    // A proxy that collects what it passes on would hold events back.
    'X-Accel-Buffering': 'no',
  });
}

function kindsFor(roles: readonly string[]): ReadonlySet<ChangeKind> {
  const kinds = Object.keys(TOLD) as ChangeKind[];
  return new Set(kinds.filter((kind) => TOLD[kind].some((role) => roles.includes(role))));
}

function lastEventIdOf(request: Request): string | undefined {
  const id = request.get('last-event-id');
  return id === undefined || id === '' ? undefined : POSITION.test(id) ? id : '0';
}
