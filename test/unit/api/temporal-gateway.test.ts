import { type Client } from '@temporalio/client';
import { createTemporalGateway } from '../../../api/temporal-gateway';

const pings: { answer: () => void; fail: () => void }[] = [];
const client = {
  withDeadline: (_deadline: number, work: () => Promise<unknown>) => work(),
  connection: {
    workflowService: {
      getSystemInfo: () =>
        new Promise<void>((answer, reject) => pings.push({ answer, fail: () => reject(new Error('away')) })),
    },
  },
} as unknown as Client;

describe('closing a gateway to Temporal', () => {
  it('waits for the calls that are under way, those that fail included', async () => {
    const gateway = createTemporalGateway({ client, taskQueue: 'q', heartbeatMs: 1 });
    const calls = [gateway.ping(1), gateway.ping(1)].map((call) => call.catch(() => 'failed'));
    let isSettled = false;
    const settled = gateway.settled().then(() => (isSettled = true));
    pings[0]?.answer();
    await calls[0];
    expect(isSettled).toBe(false);
    pings[1]?.fail();
    await settled;
    expect(await calls[1]).toBe('failed');
  });

  it('does not wait where no call is under way', async () => {
    await createTemporalGateway({ client, taskQueue: 'q', heartbeatMs: 1 }).settled();
  });
});
