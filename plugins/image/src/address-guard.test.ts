// The guard against a table of addresses that must never be reached, seen by real listeners.
import type { LookupAddress } from 'node:dns';
import { describe, expect, test } from 'vitest';
import { listen, manualClock } from '../test/kit.ts';
import { addressGuard, fetchableUrl, isPublicAddress } from './address-guard.ts';
import { ImageConfig } from './config.ts';
import { download } from './download.ts';
import { ImageFailure } from './failure.ts';

// Hosts as a URL may spell them. Loopback in its many forms first.
const LOOPBACK = [
  '127.0.0.1 127.1 127.0.1 127.127.127.127 127.255.255.254 2130706433 0x7f000001 0x7f.1 0x7F.0x0.0x0.0x1 0177.0.0.1',
  '017700000001 0177.0x0.1 127.0.0.1. ①②⑦.⓪.⓪.① 127。0。0。1 %31%32%37.0.0.1 0 0x0 0.0.0.0 00000.0 [::1] [0:0:0:0:0:0:0:1] [::]',
  '[::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:7f00:0001] [::127.0.0.1] [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1]',
  '[64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:7f00:0001::1] [2001:0:7f00:1::] [2001::1] localhost LOCALHOST',
]
  .join(' ')
  .trim()
  .split(' ');

const PRIVATE = [
  '10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 169.254.169.254 169.254.1.1 2852039166 0xA9FEA9FE',
  '100.64.0.1 100.100.100.200 168.63.129.16 192.0.0.1 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9 192.88.99.1',
  '224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 [fe80::1] [febf::1] [fc00::1] [fd00:ec2::254] [fec0::1] [ff02::1]',
  '[::ffff:10.0.0.1] [::ffff:169.254.169.254] [64:ff9b::169.254.169.254] [2002:a00:1::1] [2001:db8::1] [2001:10::1]',
  '[2001:2::1] [3fff::1] [100::1] [5f00::1] [4000::1]',
]
  .join(' ')
  .split(' ');

const to = (...addresses: string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
const code = (work: Promise<unknown>) =>
  work.then(
    () => 'passed',
    (error: unknown) => (error instanceof ImageFailure ? error.code : String(error)),
  );

describe('addresses that are not public', () => {
  test.each([...LOOPBACK, ...PRIVATE])('http://%s/ is refused', async (host) => {
    const url = fetchableUrl(`http://${host}/a.jpg`);
    expect(url).not.toBeNull();
    const guard = addressGuard({ allowHosts: [] });
    expect(url && (await code(guard(url)))).toBe('BLOCKED_ADDRESS');
  });

  test('no connection is opened to any of them, but one is to an allowed host', async () => {
    const v4 = await listen((_request, response) => response.end('no picture'), '0.0.0.0');
    const v6 = await listen((_request, response) => response.end('no picture'), '::1').catch(() => null);
    const options = {
      limits: ImageConfig.parse({}).limits,
      clock: manualClock(),
      signal: new AbortController().signal,
      progress: async () => {},
    };
    const guard = addressGuard({ allowHosts: [] });
    for (const host of LOOPBACK) {
      for (const port of [v4.port, v6?.port ?? v4.port]) {
        expect(await code(download(`http://${host}:${port}/a.jpg`, { ...options, guard }))).not.toBe('passed');
      }
    }
    expect([v4.connections(), v6?.connections() ?? 0]).toEqual([0, 0]);
    const open = addressGuard({ allowHosts: [`127.0.0.1:${v4.port}`] });
    await download(`http://0x7f.1:${v4.port}/a.jpg`, { ...options, guard: open });
    expect(v4.connections()).toBe(1);
  });
});

describe('names', () => {
  const pin = (addresses: LookupAddress[], allowHosts: string[] = []) =>
    addressGuard({ allowHosts, resolve: async () => addresses, ownAddresses: () => ['8.8.4.4', '2600:1::5'] });

  test('a name that resolves to public addresses passes with exactly these', async () => {
    const addresses = to('8.8.8.8', '2606:4700::1');
    expect(await pin(addresses)(new URL('https://pictures.test/a.jpg'))).toEqual(addresses);
  });

  test.each([
    ['one private address among public ones', to('8.8.8.8', '127.0.0.1')],
    ['a private IPv6 address behind a public IPv4 one', to('8.8.8.8', '::1')],
    ['a mapped address', to('::ffff:8.8.8.8')],
    ['an address with a zone', to('fe80::1%lo')],
    ["this machine's own public IPv4 address", to('8.8.4.4')],
    ["this machine's own public IPv6 address in another notation", to('2600:0001:0::0005')],
    ['an invalid address', to('metadata')],
  ])('a name that resolves to %s is refused', async (_what, addresses) => {
    expect(await code(pin(addresses)(new URL('http://pictures.test/a.jpg')))).toBe('BLOCKED_ADDRESS');
  });

  test('a name without an address, or one that cannot be resolved, may be retried', async () => {
    expect(await code(pin([])(new URL('http://pictures.test/a.jpg')))).toBe('SOURCE_UNAVAILABLE');
    const broken = addressGuard({ allowHosts: [], resolve: () => Promise.reject(new Error('SERVFAIL')) });
    expect(await code(broken(new URL('http://pictures.test/a.jpg')))).toBe('SOURCE_UNAVAILABLE');
  });

  test('an allowed host is accepted only on its port', async () => {
    const guard = pin(to('10.0.0.7'), ['intranet.test:8080', 'site.test:443']);
    expect(await code(guard(new URL('http://intranet.test:8080/')))).toBe('passed');
    expect(await code(guard(new URL('https://site.test/')))).toBe('passed');
    expect(await code(guard(new URL('http://intranet.test/')))).toBe('BLOCKED_ADDRESS');
    expect(await code(guard(new URL('http://intranet.test:8081/')))).toBe('INVALID_URL');
    expect(await code(guard(new URL('http://site.test/')))).toBe('BLOCKED_ADDRESS');
  });

  test('a public host is accepted only on ports 80 and 443', async () => {
    const guard = pin(to('8.8.8.8'));
    expect(await code(guard(new URL('http://pictures.test:443/')))).toBe('passed');
    expect(await code(guard(new URL('http://pictures.test:6379/')))).toBe('INVALID_URL');
  });

  test('a name whose answer changes is resolved once, and the checked address is used', async () => {
    const server = await listen((_request, response) => response.end('first'));
    const answers = [to('127.0.0.1'), to('127.0.0.2'), to('127.0.0.2')];
    let asked = 0;
    const guard = addressGuard({
      allowHosts: [`rebind.test:${server.port}`],
      resolve: async () => answers[asked++] ?? [],
    });
    const bytes = await download(`http://rebind.test:${server.port}/`, {
      guard,
      limits: ImageConfig.parse({}).limits,
      clock: manualClock(),
      signal: new AbortController().signal,
      progress: async () => {},
    });
    expect([bytes.toString(), asked]).toEqual(['first', 1]);
  });
});

test('ordinary addresses are public', () => {
  const ordinary = [
    '1.1.1.1',
    '8.8.8.8',
    '93.184.215.14',
    '172.15.0.1',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00::1',
  ];
  expect(ordinary.filter((address) => !isPublicAddress(address))).toEqual([]);
});

test.each([
  'ftp://a.test/x',
  'file:///etc/passwd',
  'data:image/png;base64,AAAA',
  'gopher://a.test',
  'http://u:p@a.test/',
  'http://u@a.test/',
  '//a.test',
  'a.jpg',
  'http://',
])('%s cannot be fetched', (text) => expect(fetchableUrl(text)).toBeNull());
