// Stands in for curl on a machine without it, for what README's lines use: -s, -H, -d and one address.
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    s: { type: 'boolean', short: 's' },
    H: { type: 'string', short: 'H', multiple: true },
    d: { type: 'string', short: 'd' },
  },
});
const [url] = positionals;
const answer = await fetch(url, {
  headers: (values.H ?? []).map((header) => header.split(/: *(.*)/s).slice(0, 2)),
  ...(values.d === undefined ? {} : { method: 'POST', body: values.d }),
});
process.stdout.write(await answer.text());
