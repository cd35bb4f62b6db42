import { run } from '../../../cli/program';
import { tableOf } from '../../../cli/table';
import { answerJson, serve } from './fake-server';

let out = '';
const environment = process.env;

beforeEach(() => {
  out = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += Buffer.from(text).toString();
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = environment;
});

const ROW = {
  ...{ id: 'a'.repeat(24), receivedAt: '2026-11-25T10:00:00.000Z', mailbox: 'ann@corp.example' },
  ...{ subject: `Pay\u202enow\u001b[31m ${'x'.repeat(60)}`, senderAddress: 'bill@evil.example' },
  ...{ latestDeliveryLocation: 'Soft deleted', threats: ['Malware'] },
  additionalActions: ['Automated remediation:automated'],
};

test('explore asks for what its options say, and shows a table that no subject can break', async () => {
  const asked: string[] = [];
  const server = await serve((request, response) => {
    asked.push(request.url ?? '');
    answerJson(response, 200, { items: [ROW], nextCursor: null, total: 10_000, totalIsAtLeast: true });
  });
  try {
    process.env = { ...environment, CLAWBACK_URL: server.url, CLAWBACK_TOKEN: 'secret' };
    expect(
      await run(['explore', '--sender-domain', 'evil.example', '--additional-action', 'None', '--limit', '1']),
    ).toBe(0);
    expect(asked).toEqual(['/api/v1/messages?senderDomain=evil.example&additionalAction=None&limit=1']);
    const [head, line, total] = out.trimEnd().split('\n');
    expect(head).toMatch(/^ID {24}RECEIVED {14}SUBJECT/);
    expect(line).toContain(`Pay now [31m ${'x'.repeat(26)}…  ann@corp.example`);
    expect(line).not.toMatch(/[\u001b\u202e]/);
    expect(total).toBe('The newest 1 of more than 10000 messages');
    out = '';
    expect(await run(['explore', '--json'])).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ items: [ROW], total: 10_000 });
  } finally {
    await server.close();
  }
});

test('explore --csv prints what the server gives as it is', async () => {
  const server = await serve((request, response) => {
    expect(request.headers.accept).toBe('text/csv');
    response.setHeader('content-type', 'text/csv');
    response.end('"id"\r\n"1"\r\n');
  });
  try {
    process.env = { ...environment, CLAWBACK_URL: server.url, CLAWBACK_TOKEN: 'secret' };
    expect(await run(['explore', '--csv'])).toBe(0);
    expect(out).toBe('"id"\r\n"1"\r\n');
  } finally {
    await server.close();
  }
});

test('columns are as wide as what they show, wide characters included', () => {
  const rows = [{ name: '漢字' }, { name: 'abc' }];
  expect(
    tableOf(
      [
        ['NAME', ({ name }) => name, 10],
        ['END', () => '|', 3],
      ],
      rows,
    ),
  ).toBe('NAME  END\n漢字  |\nabc   |\n');
});
