import { z } from 'zod';
import { announce } from '../announce';
import { audit } from '../audit';
import { callerOf } from '../auth';
import { type ApiDeps } from '../deps';
import { comment } from '../fields';
import { type Routes } from '../route';
import { automationState } from '../schemas/control';

/** Pause and resume: what automation does stops at the next batch, what a person decided goes on (law 10). */
export function automationRoutes(routes: Routes, deps: ApiDeps): void {
  const { store, clock } = deps;
  routes.add(
    {
      method: 'get',
      path: '/automation/state',
      summary: 'Whether automation is paused, by whom and since when',
      roles: ['reader', 'approver', 'admin'],
      success: [200, 'The state'],
      answer: automationState,
    },
    async () => ({ body: await store.control.get() }),
  );

  routes.add(
    {
      method: 'put',
      path: '/automation/state',
      summary: 'Pause automation at its next batch, or resume it; resuming starts nothing by itself',
      roles: ['approver'],
      body: z.strictObject({ paused: z.boolean(), comment }),
      audit: 'automation.pause',
      success: [200, 'The state after the change'],
      answer: automationState,
    },
    async ({ body, request }) => {
      const before = await store.control.get();
      const state = {
        ...{ paused: body.paused, comment: body.comment ?? null },
        ...{ by: callerOf(request).name, since: clock() },
      };
      if (before.paused !== body.paused) {
        const action = body.paused ? 'automation.pause' : 'automation.resume';
        const entry = { action, target: 'automation', before, after: state };
        const changed = await store.transaction(async (session) => {
          if (!(await store.control.set(state, session))) return false;
          await audit(store, clock, request, entry, session);
          return true;
        });
        const event = body.paused ? 'automation.paused' : 'automation.resumed';
        if (changed) await announce(deps, { event, key: String(state.since.getTime()), data: {} });
      }
      return { body: await store.control.get() };
    },
  );
}
