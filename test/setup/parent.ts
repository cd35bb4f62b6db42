import { startServers } from '../../embedded/servers';
import { ANY_PORTS } from '../support/servers';

// The main process of a guard test: it starts the servers, says so, and waits to be killed.
const options = { dataDir: process.argv[2] ?? '', log: () => undefined, searchAttributes: {} };
void startServers({ ...options, ...ANY_PORTS }).then(() => {
  process.stdout.write('up\n');
  setInterval(() => undefined, 60_000);
});
