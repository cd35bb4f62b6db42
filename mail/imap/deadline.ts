import { type ImapFlow } from 'imapflow';

/** What the library does for every command, and does not declare. */
interface Executing {
  exec(command: string, ...rest: readonly unknown[]): Promise<unknown>;
}

/** A command may take this long, and longer for as much as it brings. */
export const COMMAND_MS = 5 * 60_000;
/** A line that brings less takes too long. */
const BYTES_PER_MS = 8;
const LOOKS = 4;
const LOOK_MS = 5_000;

/**
 * Ends a connection on which a command takes too long, also where the server goes on talking: one that says every few
 * seconds that it is still there would keep the mailbox, and the round, without end. A command has `ms`, and a second
 * for every 8,000 bytes that come meanwhile, so that a large mail may come over a slow line. IDLE is to take long.
 */
export function limitCommands(client: ImapFlow, ms: number): void {
  const executing = client as ImapFlow & Executing;
  const exec = executing.exec.bind(client);
  executing.exec = (command, ...rest) => {
    const running = exec(command, ...rest);
    if (command === 'IDLE') return running;
    const began = performance.now();
    const before = client.stats().received;
    const look = (): void => {
      const came = Math.max(0, client.stats().received - before);
      if (performance.now() - began > ms + came / BYTES_PER_MS) client.close();
    };
    const timer = setInterval(look, Math.min(LOOK_MS, ms / LOOKS));
    timer.unref();
    const ended = (): void => clearInterval(timer);
    running.then(ended, ended);
    return running;
  };
}
