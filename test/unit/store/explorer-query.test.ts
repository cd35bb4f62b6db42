import { type ExplorerFilter, isEmptyFilter } from '../../../domain/explorer';
import { TERM } from '../../../domain/search-terms';
import { type ExplorerGrounds, explorerQuery } from '../../../store/explorer-query';

const now = new Date('2026-03-31T12:00:00Z');
const day = (n: number): Date => new Date(now.getTime() - n * 24 * 60 * 60_000);
const NONE: ExplorerGrounds = { now, internalDomains: [], threatKeys: [], cluster: null };
const FILE = `file:${'a'.repeat(64)}`;
const JUNK = TERM.deliveredTo('junkemail');
const DELETED = TERM.deliveredTo('deleteditems');
const SENT = TERM.deliveredTo('sentitems');
const NOTHING = { _id: { $in: [] } };

describe('a filter as a query', () => {
  test.each<[string, ExplorerFilter, object[], boolean]>([
    ['nothing', {}, [], false],
    [
      'words, the longest first',
      { subject: 'Zu ZAHLEN: Nr.' },
      [{ terms: 'w:zahlen' }, { terms: 'w:zu' }, { terms: 'w:nr' }],
      true,
    ],
    ['a sender', { sender: 'a@b.example' }, [{ terms: 's:a@b.example' }], true],
    ['a sender domain', { senderDomain: 'b.example' }, [{ terms: 'd:b.example' }], true],
    ['a recipient', { recipient: 'r@b.example' }, [{ terms: 'r:r@b.example' }], true],
    ['a network message id', { networkMessageId: 'n' }, [{ terms: 'n:n' }], true],
    ['a Message-ID, as it is written', { internetMessageId: '<X@y>' }, [{ terms: 'i:<X@y>' }], true],
    [
      'a file, by the digest of its key and the key',
      { sha256: 'a'.repeat(64) },
      [{ terms: TERM.key(FILE) }, { keys: FILE }],
      true,
    ],
    ['a file name', { fileName: 'A.PDF' }, [{ terms: 'f:a.pdf' }], true],
    ['a URL', { url: 'http://u/' }, [{ terms: TERM.key('url:http://u/') }, { keys: 'url:http://u/' }], true],
    ['a URL domain', { urlDomain: 'u.example' }, [{ terms: 'u:u.example' }], true],
    ['a place that is rare', { latestDeliveryLocation: 'Soft deleted' }, [{ location: 'Soft deleted' }], true],
    [
      'the place where nearly all mail is',
      { latestDeliveryLocation: 'Inbox/folder' },
      [{ location: 'Inbox/folder' }],
      false,
    ],
    ['delivered to Junk', { originalDeliveryLocation: 'Junk folder' }, [{ terms: JUNK }], true],
    ['delivered to Deleted items', { originalDeliveryLocation: 'Deleted items' }, [{ terms: DELETED }], true],
    [
      'delivered to a folder of its user',
      { originalDeliveryLocation: 'Inbox/folder' },
      [{ terms: { $nin: [JUNK, DELETED] } }],
      false,
    ],
    ['delivered to where nothing is delivered to', { originalDeliveryLocation: 'Quarantine' }, [NOTHING], false],
    ['delivered to junk, as an action', { deliveryAction: 'Delivered to junk' }, [{ terms: JUNK }], true],
    ['delivered', { deliveryAction: 'Delivered' }, [{ terms: { $ne: JUNK } }], false],
    ['what was sent', { directionality: 'Outbound' }, [{ terms: SENT }, { originalFolder: 'sentitems' }], true],
    ['a cluster that is not there', { clusterId: 'c' }, [NOTHING], true],
    ['a threat that no cluster has', { threatType: 'Spam' }, [NOTHING], true],
    ['an action: the events know it', { additionalAction: 'Manual remediation' }, [], false],
  ])('%s', (_name, filter, conditions, selective) => {
    expect(explorerQuery(filter, NONE)).toMatchObject({ conditions, selective });
  });

  test('leads by what tells most where several things are asked for', () => {
    const { conditions } = explorerQuery(
      { subject: 'invoice', senderDomain: 'b.example', recipient: 'r@b.example' },
      NONE,
    );
    expect(conditions).toEqual([{ terms: 'r:r@b.example' }, { terms: 'd:b.example' }, { terms: 'w:invoice' }]);
  });

  test('means by inside and outside the domains that are ours', () => {
    const ours = { ...NONE, internalDomains: ['corp.example'] };
    const received = { originalFolder: { $ne: 'sentitems' } };
    expect(explorerQuery({ directionality: 'Intra-org' }, ours).conditions).toEqual([
      { terms: { $in: ['d:corp.example'] } },
      received,
    ]);
    expect(explorerQuery({ directionality: 'Inbound' }, ours).conditions).toEqual([
      { senderDomain: { $nin: ['corp.example'] } },
      received,
    ]);
  });

  test('means by a threat the keys of its clusters, by a cluster its key up to when it was built', () => {
    expect(explorerQuery({ threatType: 'Malware' }, { ...NONE, threatKeys: [FILE] }).conditions).toEqual([
      { terms: { $in: [TERM.key(FILE)] } },
      { keys: { $in: [FILE] } },
    ]);
    expect(explorerQuery({ clusterId: 'c' }, { ...NONE, cluster: { key: FILE, queryTime: now } }).conditions).toEqual([
      { terms: TERM.key(FILE) },
      { keys: FILE },
      { _id: { $lt: `${Math.floor(now.getTime() / 1000 + 1).toString(16)}${'0'.repeat(16)}` } },
    ]);
  });

  test.each<[string, ExplorerFilter, Date, Date | undefined]>([
    ['the last thirty days where nothing is said', {}, day(30), undefined],
    ['thirty days before its end', { to: day(100) }, day(130), day(100)],
    ['since its beginning', { from: day(400) }, day(400), undefined],
  ])('looks at %s', (_name, filter, from, to) => {
    expect(explorerQuery(filter, NONE)).toMatchObject({ from, to });
  });

  test('takes the shorter word for what automation did', () => {
    const asked = (additionalAction: 'Automated remediation' | 'None') =>
      explorerQuery({ additionalAction }, NONE).additionalAction;
    expect(asked('Automated remediation')).toBe('Automated remediation:automated');
    expect(asked('None')).toBe('None');
    expect(explorerQuery({}, NONE).additionalAction).toBeNull();
  });
});

test('a filter with nothing but time in it is empty', () => {
  expect(isEmptyFilter({})).toBe(true);
  expect(isEmptyFilter({ from: now, to: now, subject: undefined })).toBe(true);
  expect(isEmptyFilter({ from: now, subject: 'x' })).toBe(false);
});
