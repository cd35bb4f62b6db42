import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type CrashWorkerOrder } from '../setup/crash-worker';

/** A worker in a process of its own, which a test stops as it likes. */
export interface WorkerProcess {
  readonly pid: number;
  /** Waits for a line that starts so, also one that came already; fails where the process ends before. */
  said(line: string): Promise<string>;
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Opens the gate; a process that is stopped finds it open when it goes on. */
  openGate(): void;
  /** Ends the process, whatever it does, and waits for its end. */
  end(): Promise<void>;
}

export async function startWorkerProcess(order: CrashWorkerOrder): Promise<WorkerProcess> {
  const script = join(__dirname, '..', 'setup', 'crash-worker.ts');
  const child = spawn(process.execPath, ['--import', require.resolve('tsx'), script, JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const process_ = watch(child);
  await process_.said('up');
  return process_;
}

function watch(child: ChildProcess): WorkerProcess {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => waiting.forEach((look) => look());
  let ended = false;
  const closed = new Promise<void>((resolve) =>
    child.once('close', () => {
      ended = true;
      wake();
      resolve();
    }),
  );
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      wake();
    });
  }
  return {
    pid: child.pid ?? 0,
    said: (start) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find((line) => line.startsWith(start));
          if (found === undefined && !ended) return;
          waiting.delete(look);
          if (found === undefined) reject(new Error(`The worker ended before it said "${start}"`));
          else resolve(found);
        };
        waiting.add(look);
        look();
      }),
    signal: (name) => void child.kill(name),
    openGate: () => void child.stdin?.write('go\n'),
    async end() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
