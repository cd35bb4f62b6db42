import { readConfig } from '../../../api/config';
import { createTargets, isPublic, parseAllowed } from '../../../webhooks/targets';

function targets(allow = '') {
  return createTargets(parseAllowed(allow) ?? []);
}

describe('which addresses are the internet’s', () => {
  test.each<[string, boolean]>([
    ['0.0.0.0', false],
    ['10.255.255.255', false],
    ['11.0.0.0', true],
    ['100.63.255.255', true],
    ['100.64.0.1', false],
    ['100.100.100.200', false],
    ['100.128.0.0', true],
    ['127.0.0.1', false],
    ['127.255.255.254', false],
    ['168.63.129.16', false],
    ['169.254.169.254', false],
    ['172.15.255.255', true],
    ['172.16.0.1', false],
    ['172.31.255.255', false],
    ['172.32.0.0', true],
    ['192.0.0.192', false],
    ['192.0.2.1', false],
    ['192.168.1.1', false],
    ['198.19.255.255', false],
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['8.8.8.8', true],
    ['::', false],
    ['::1', false],
    ['::ffff:127.0.0.1', false],
    ['::ffff:8.8.8.8', false],
    ['::127.0.0.1', false],
    ['64:ff9b::7f00:1', false],
    ['fc00::1', false],
    ['fd00:ec2::254', false],
    ['fe80::1', false],
    ['fec0::1', false],
    ['ff02::1', false],
    ['2001::1', false],
    ['2001:db8::1', false],
    ['2002:7f00:1::', false],
    ['3fff::1', false],
    ['2606:4700:4700::1111', true],
    ['not-an-address', false],
  ])('%s: %s', (address, expected) => {
    expect(isPublic(address)).toBe(expected);
  });
});

describe('a URL that a webhook may not have', () => {
  test.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://017700000001/',
    'http://①②⑦.0.0.1/',
    'http://127.0.0.1./',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[0:0:0:0:0:ffff:7f00:1]:8080/',
    'http://[fc00::1]/',
    'http://[fe80::1]/',
    'http://169.254.169.254/latest/meta-data',
    'http://100.64.0.1/',
    'http://0/',
    'http://localhost/',
    'http://LOCALHOST.:3000/',
    'http://api.localhost/',
    'https://10.0.0.1/',
  ])('%s', (url) => {
    expect(targets().refusal(new URL(url))).toMatch(/private network/);
  });

  test.each([
    ['ftp://example.org/', /http or https/],
    ['file:///etc/passwd', /http or https/],
    ['gopher://example.org/', /http or https/],
    ['https://user@example.org/', /user name/],
    ['https://:secret@example.org/', /user name/],
  ])('%s', (url, why) => {
    expect(targets().refusal(new URL(url))).toMatch(why);
  });

  test.each(['https://example.org/hook?x=1', 'http://8.8.8.8:8080/', 'https://[2606:4700:4700::1111]/'])(
    'but it may have %s',
    (url) => {
      expect(targets().refusal(new URL(url))).toBeNull();
    },
  );
});

describe('what CLAWBACK_WEBHOOK_ALLOW allows', () => {
  test.each<[allow: string, host: string, port: number, address: string, permitted: boolean]>([
    ['127.0.0.0/8', '127.0.0.1', 80, '127.0.0.1', true],
    ['127.0.0.0/8', 'x.example', 80, '::ffff:127.0.0.1', true],
    ['127.0.0.0/8', 'x.example', 80, '10.0.0.1', false],
    ['10.1.2.3', 'x.example', 80, '10.1.2.3', true],
    ['10.1.2.3', 'x.example', 80, '10.1.2.4', false],
    ['fd00:1::/32', 'x.example', 80, 'fd00:1::5', true],
    ['fd00:1::/32', 'x.example', 80, 'fd00:2::5', false],
    ['siem.corp.example:8443', 'siem.corp.example', 8443, '10.0.0.9', true],
    ['siem.corp.example:8443', 'siem.corp.example', 443, '10.0.0.9', false],
    ['siem.corp.example:8443', 'other.corp.example', 8443, '10.0.0.9', false],
    ['SIEM.corp.example:8443', 'siem.corp.example', 8443, '10.0.0.9', true],
    ['10.0.0.9:8443', 'siem.corp.example', 8443, '10.0.0.9', true],
    ['10.0.0.9:8443', 'siem.corp.example', 8444, '10.0.0.9', false],
    ['[fd00::1]:80', 'fd00::1', 80, 'fd00::1', true],
    ['a.example:1, 10.0.0.0/8', 'x.example', 80, '10.9.9.9', true],
    ['', 'x.example', 80, '10.9.9.9', false],
  ])('%s: %s port %d at %s: %s', (allow, host, port, address, permitted) => {
    expect(targets(allow).permits(host, port, address)).toBe(permitted);
  });

  test.each([
    '10.0.0.0/33',
    'fd00::/129',
    'host',
    'host:0',
    'host:65536',
    'http://host:80',
    '10.0.0.0/',
    '[::1',
    'a b:80',
  ])('no entry of its list is %s: the program names the variable and does not start', (allow) => {
    expect(parseAllowed(allow)).toBeNull();
    expect(() => readConfig({ CLAWBACK_WEBHOOK_ALLOW: allow })).toThrow(/^CLAWBACK_WEBHOOK_ALLOW: host:port/);
  });

  test('nothing where it is not set', () => {
    expect(readConfig({}).webhookAllow).toEqual([]);
    expect(readConfig({ CLAWBACK_WEBHOOK_ALLOW: 'a.example:1,10.0.0.0/8' }).webhookAllow).toHaveLength(2);
  });
});
