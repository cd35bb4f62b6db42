import fc from 'fast-check';
import { FILE_HOSTS } from '../../../domain/lists/file-hosts';
import { SCHEMA_HOSTS } from '../../../domain/lists/schema-hosts';
import { SHORTENERS } from '../../../domain/lists/shorteners';
import { type MessageMatch, weakMatchDetails, weakUrl } from '../../../domain/weak-match';
import cases from './cases/weak-match.json';

const OURS = ['corp.example'];

describe('a match that is no ground to remove without a person', () => {
  test.each(cases)('$name', ({ url, matches, expect: expected }) => {
    expect(weakMatchDetails(url, matches, OURS)).toEqual(expected);
  });

  test('stays one whatever other messages there are', () => {
    const file = fc.record({ size: fc.nat(100), inline: fc.boolean(), nested: fc.boolean() });
    const link = fc.record({ unwrapped: fc.boolean(), nested: fc.boolean() });
    const match: fc.Arbitrary<MessageMatch> = fc.record({ files: fc.array(file), urls: fc.array(link) });
    fc.assert(
      fc.property(match, fc.array(match), (one, others) => {
        const alone = weakMatchDetails(null, [one], OURS).length > 0;
        const among = weakMatchDetails(null, [...others, one], OURS).length > 0;
        expect(among || !alone).toBe(true);
      }),
    );
  });
});

describe('the lists of hosts', () => {
  test.each([
    ['shorteners', SHORTENERS],
    ['file hosts', FILE_HOSTS],
    ['schema hosts', SCHEMA_HOSTS],
  ])('%s: names in lower case, none twice, each recognised', (_, list: readonly string[]) => {
    expect(new Set(list).size).toBe(list.length);
    for (const name of list) {
      expect(name).toMatch(/^([a-z0-9-]+\.)+[a-z]+$/);
      expect([name, weakUrl(`https://${name}/some/path`, [])]).toEqual([name, expect.any(String)]);
    }
  });

  test('a host in none of them with a path is no weak match', () => {
    expect(weakUrl('https://evil.example/some/path', [])).toBeNull();
  });
});
