import { createInterface } from 'node:readline';
import { Client, Connection } from '@temporalio/client';
import { createTemporalGateway } from '../../api/temporal-gateway';
import { TASK_QUEUE } from '../../domain/ids';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { createProviders } from '../../cli/providers';
import { type ProviderConfig } from '../../mail/config';
import { newId } from '../../store/collection';
import { openOrJoin } from '../../store/intake';
import { connectStore } from '../../store/store';
import { createSender } from '../../webhooks/sender';
import { createTargets } from '../../webhooks/targets';
import { startWorker } from '../../worker/main';
import { type Gate, withGate } from '../support/gates';

/** What a crash test tells the worker that it is going to stop. */
export interface CrashWorkerOrder {
  readonly mongoUri: string;
  readonly database: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly heartbeatMs: number;
  readonly bundlePath: string;
  /** The mail providers; without them the embedded mailboxes alone. */
  readonly mail?: readonly ProviderConfig[];
  /** `null`: it never stands still by itself. */
  readonly gate: Gate | null;
  /** How many times the gate lets pass before it shuts. */
  readonly passes: number;
}

/**
 * A worker of its own process that says `gate` and waits when it comes to its gate, until a line on its standard input
 * opens it; then it says `moved N` for what a move after that still moved.
 */
async function main(order: CrashWorkerOrder): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const opened = new Promise<void>((resolve) =>
    createInterface({ input: process.stdin }).once('line', () => resolve()),
  );
  const store = await connectStore(order.mongoUri, order.database);
  const clock = (): Date => new Date();
  const { provider, admin, imap } = createProviders(order.mail ?? null, { store, env: process.env, clock });
  const connection = await Connection.connect({ address: order.temporalAddress });
  const client = new Client({ connection, namespace: order.namespace });
  let passes = order.passes;
  let isOpen = false;
  const pass = async (): Promise<void> => {
    if (passes-- > 0) return;
    say('gate');
    await opened;
    isOpen = true;
  };
  const watched = {
    ...provider,
    async softDelete(...args: Parameters<typeof provider.softDelete>) {
      const late = isOpen;
      const reports = await provider.softDelete(...args);
      if (late) say(`moved ${reports.filter(({ moved }) => moved).length}`);
      return reports;
    },
  };
  await startWorker({
    address: order.temporalAddress,
    namespace: order.namespace,
    bundlePath: order.bundlePath,
    heartbeatMs: order.heartbeatMs,
    deps: {
      ...(order.gate === null ? { store, provider } : withGate(order.gate, pass, { store, provider: watched })),
      ...{ admin, imap },
      openOrJoin: (incoming, witness) => openOrJoin(store, incoming, witness),
      gateway: createTemporalGateway({ client, taskQueue: TASK_QUEUE, heartbeatMs: order.heartbeatMs }),
      sender: createSender({ targets: createTargets([]) }),
      clock,
      newId,
      ...{ pendingExpiryMs: 60_000, dedupWindowMs: 60_000, signalDecisions: true },
    },
  });
  say('up');
}

void main(JSON.parse(process.argv[2] ?? '{}') as CrashWorkerOrder);
