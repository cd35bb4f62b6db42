import { startServers } from '../../embedded/servers';

// The main process of a guard test: it starts the servers, says so, and waits to be killed.
void startServers({ dataDir: process.argv[2] ?? '', log: () => undefined, searchAttributes: {} }).then(() => {
  process.stdout.write('up\n');
  setInterval(() => undefined, 60_000);
});
