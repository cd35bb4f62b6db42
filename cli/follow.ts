import { type Client } from './client';
import { type ActionView, type InvestigationView, type RevertView } from './views';

const OPEN = ['Starting', 'Running'];
const AT_WORK = ['Freezing', 'Approved', 'Running'];
const PAUSE_MS = 200;
const LIMIT_MS = 10 * 60 * 1000;

/** Follows an investigation until it has ended or waits for a person. */
export async function followInvestigation(client: Client, id: string): Promise<InvestigationView> {
  for (const deadline = Date.now() + LIMIT_MS; ;) {
    const { data } = await client.call<InvestigationView>('GET', `/investigations/${id}?wait=20`);
    if (!OPEN.includes(data.status) || Date.now() > deadline) return data;
  }
}

/** Follows an action until it has ended or waits for a person. */
export async function followAction(client: Client, id: string): Promise<ActionView> {
  for (const deadline = Date.now() + LIMIT_MS; ;) {
    const { data } = await client.call<ActionView>('GET', `/actions/${id}`);
    if (!AT_WORK.includes(data.status) || Date.now() > deadline) return data;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Follows a revert until it has ended. */
export async function followRevert(client: Client, id: string): Promise<RevertView> {
  for (const deadline = Date.now() + LIMIT_MS; ;) {
    const { data } = await client.call<RevertView>('GET', `/reverts/${id}`);
    if (data.status !== 'Running' || Date.now() > deadline) return data;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
