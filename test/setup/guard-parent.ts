import { startServers } from '../../embedded/servers';

/** A parent to be killed: starts the servers in the data folder given, prints one line, lives until it is ended. */
async function main(dataDir: string): Promise<void> {
  try {
    const { stop, ...addresses } = await startServers({
      dataDir,
      log: () => undefined,
      searchAttributes: { ClawbackStatus: 'Keyword' },
      onServerExit: (name) => process.stdout.write(`${JSON.stringify({ exited: name })}\n`),
    });
    process.on('SIGTERM', () => {
      void stop().then(() => process.exit(0));
    });
    process.stdout.write(`${JSON.stringify(addresses)}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

void main(process.argv[2] ?? '');
