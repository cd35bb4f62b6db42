import { type ImapFlow } from 'imapflow';

/** What the library does for every command of its own and for ours, and does not declare. */
interface Running {
  readonly authenticated: unknown;
  run(command: string, ...rest: readonly unknown[]): Promise<unknown>;
}

/**
 * Leaves out commands of the library whose answers nobody reads: who the server is, asked before signing in (it is asked
 * once more after that), and the listing of each folder that is opened, with a command more for its subscription.
 */
export function spareCommands(client: ImapFlow): void {
  const running = client as unknown as Running;
  const run = running.run.bind(client);
  running.run = (command, ...rest) => {
    if (command === 'ID' && !running.authenticated) return Promise.resolve(false);
    // Who opens a folder lists it without options; all that list for us have some.
    if (command === 'LIST' && rest.length === 2) return Promise.resolve([]);
    return run(command, ...rest);
  };
}
