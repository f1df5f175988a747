// The guard against private addresses: only global unicast passes, and only a checked address is connected to.
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { systemCode } from '@phraseworks/sdk';
import { ImageFailure } from './failure.ts';

export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** Checks a URL and returns the addresses to connect to. Throws `ImageFailure`. */
export type Guard = (url: URL) => Promise<readonly LookupAddress[]>;

export interface GuardOptions {
  /** Exact `host:port`, lower case, that are allowed although private. */
  allowHosts: readonly string[];
  /** The system's resolver by default. */
  resolve?: Resolve | undefined;
  /** Addresses of this machine, refused even if they are public. */
  ownAddresses?: () => readonly string[];
}

// IANA special-purpose registries, and the fixed metadata address of one cloud.
const DENIED_V4 = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24',
  '192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15',
  '198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
];
// Within 2000::/3: protocol assignments with Teredo, documentation, 6to4, documentation. Everything outside it is refused.
const DENIED_V6 = ['2001::/23 2001:db8::/32 2002::/16 3fff::/20'];
const GLOBAL_V6 = ['2000::/3'];

function subnets(family: 'ipv4' | 'ipv6', lines: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of lines.join(' ').split(' ')) {
    const [net = '', bits] = subnet.split('/');
    list.addSubnet(net, Number(bits), family);
  }
  return list;
}

const deniedV4 = subnets('ipv4', DENIED_V4);
const deniedV6 = subnets('ipv6', DENIED_V6);
const globalV6 = subnets('ipv6', GLOBAL_V6);

/** Whether this literal address is global unicast. Mapped, translated and tunnelled IPv4 is not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !deniedV4.check(address, 'ipv4');
  if (family === 6 && !address.includes('%')) {
    return globalV6.check(address, 'ipv6') && !deniedV6.check(address, 'ipv6');
  }
  return false;
}

const systemAddresses = () => Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((n) => n.address));

function isOneOf(address: string, own: readonly string[]): boolean {
  const list = new BlockList();
  for (const one of own) if (isIP(one)) list.addAddress(one, isIP(one) === 6 ? 'ipv6' : 'ipv4');
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** The URL if we may fetch it: http or https, without user and password; else null. `base` resolves a redirect. */
export function fetchableUrl(text: string, base?: URL): URL | null {
  if (!URL.canParse(text, base?.href)) return null;
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  return url.username === '' && url.password === '' && url.hostname !== '' ? url : null;
}

export function addressGuard(options: GuardOptions): Guard {
  const resolve = options.resolve ?? ((hostname: string) => lookup(hostname, { all: true }));
  const own = options.ownAddresses ?? systemAddresses;

  async function addressesOf(host: string): Promise<readonly LookupAddress[]> {
    const family = isIP(host);
    if (family !== 0) return [{ address: host, family }];
    try {
      return await resolve(host);
    } catch (cause) {
      throw new ImageFailure(
        'SOURCE_UNAVAILABLE',
        `the host of data.sourceUrl could not be found${systemCode(cause)}`,
        { cause },
      );
    }
  }

  return async (url) => {
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    const allowed = options.allowHosts.includes(`${url.hostname}:${port}`);
    if (!allowed && port !== '80' && port !== '443') {
      throw new ImageFailure(
        'INVALID_URL',
        'data.sourceUrl must use port 80 or 443, unless config.allowHosts names it',
      );
    }
    const addresses = await addressesOf(url.hostname.replace(/^\[(.*)\]$/, '$1'));
    if (addresses.length === 0) {
      throw new ImageFailure('SOURCE_UNAVAILABLE', 'the host of data.sourceUrl has no address');
    }
    // One private address is enough to refuse, because the system chooses which address to connect to.
    if (!allowed && addresses.some(({ address }) => !isPublicAddress(address) || isOneOf(address, own()))) {
      throw new ImageFailure(
        'BLOCKED_ADDRESS',
        'data.sourceUrl leads to a private address: to allow it, add it to config.allowHosts',
      );
    }
    return addresses;
  };
}
