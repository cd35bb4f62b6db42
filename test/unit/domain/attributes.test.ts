import { isSimilarMalicious, pairsOf, similarFigures, similarText, tellingSubject } from '../../../domain/attributes';

const FACTS = {
  ...{ subject: 'Your mailbox will be closed', senderDomain: 'Storage.example', senderIp: '203.0.113.9' },
  bodyFingerprint: '0123456789abcdef',
};

const DOMAIN_PAIRS = ['BodyFingerprintBin1/P2SenderDomain', 'Subject/P2SenderDomain'];
const IP_PAIRS = ['BodyFingerprintBin1/SenderIp', 'Subject/SenderIp'];

test.each(['2001:db8::7', '11.0.0.1', '172.32.0.1', '198.20.1.1', '::ffff:203.0.113.9', '100.128.0.1'])(
  'the address %s is one of the internet',
  (senderIp) => {
    expect(pairsOf({ ...FACTS, senderIp, senderDomain: '' })).toHaveLength(2);
  },
);

test('a message with everything has the four pairs of the product', () => {
  expect(pairsOf(FACTS)).toEqual([
    { pair: 'BodyFingerprintBin1/SenderIp', values: ['0123456789abcdef', '203.0.113.9'] },
    { pair: 'BodyFingerprintBin1/P2SenderDomain', values: ['0123456789abcdef', 'storage.example'] },
    { pair: 'Subject/P2SenderDomain', values: ['your mailbox will be closed', 'storage.example'] },
    { pair: 'Subject/SenderIp', values: ['your mailbox will be closed', '203.0.113.9'] },
  ]);
});

test.each([
  ['no fingerprint', { bodyFingerprint: null }, ['Subject/P2SenderDomain', 'Subject/SenderIp']],
  ['no sender domain', { senderDomain: '' }, ['BodyFingerprintBin1/SenderIp', 'Subject/SenderIp']],
  ['no address', { senderIp: '' }, ['BodyFingerprintBin1/P2SenderDomain', 'Subject/P2SenderDomain']],
  ['an address of a private network', { senderIp: '192.168.1.2' }, DOMAIN_PAIRS],
  ['a loopback address', { senderIp: '::1' }, DOMAIN_PAIRS],
  ['a local address', { senderIp: 'fd00::5' }, DOMAIN_PAIRS],
  ['a weak subject', { subject: 'Invoice' }, ['BodyFingerprintBin1/SenderIp', 'BodyFingerprintBin1/P2SenderDomain']],
  ['a local address, mapped', { senderIp: '::ffff:10.0.0.1' }, DOMAIN_PAIRS],
  ['an address of many receivers', { senderIp: '224.0.0.1' }, DOMAIN_PAIRS],
  ['the domain of a mailbox provider', { senderDomain: 'Gmail.com' }, IP_PAIRS],
  ['the domain of a service that sends for anybody', { senderDomain: 'eu.docusign.net' }, IP_PAIRS],
  [
    'an answer whose subject does not say so',
    { answers: ['<question@corp.example>'] },
    ['BodyFingerprintBin1/SenderIp', 'BodyFingerprintBin1/P2SenderDomain'],
  ],
  ['nothing', { subject: '', senderDomain: '', senderIp: '', bodyFingerprint: null }, []],
])('with %s the other pairs are left', (_name, change, left) => {
  expect(pairsOf({ ...FACTS, ...change }).map(({ pair }) => pair)).toEqual(left);
});

test.each([
  ['Invoice 4711 for your order', 'invoice # for your order'],
  ['  INVOICE\u200b 12   for Your\torder', 'invoice # for your order'],
  ['Re: Invoice for your order', null],
  ['AW: [2]: Invoice for your order', null],
  ['Fwd: Invoice for your order', null],
  ['[announce] Re[2]: Invoice for your order', null],
  ['Antwort: Invoice for your order', null],
  ['回复：Invoice for your order', null],
  ['Report: Invoice for your order', 'report: invoice for your order'],
  ['Hello', null],
  ['Hi to you', null],
  ['12 34 56 78 90', null],
  ['', null],
])('the subject %j is compared as %j', (subject, telling) => {
  expect(tellingSubject(subject)).toBe(telling);
});

test.each([
  [5, 5, true],
  [5, 6, true],
  [5, 7, false],
  [4, 4, false],
  [8, 10, true],
  [79, 100, false],
  [80, 100, true],
])('%i known of %i members: malicious %s', (known, members, malicious) => {
  expect(isSimilarMalicious(similarFigures('Subject/SenderIp', members, known))).toBe(malicious);
});

test('the figures are told in words', () => {
  expect(similarText(similarFigures('Subject/SenderIp', 10, 8))).toBe(
    'Similar by Subject/SenderIp: 8 of 10 such messages carry a file or URL known to be malicious, 5 and 80 % are needed',
  );
});
