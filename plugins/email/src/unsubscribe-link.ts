// Signed unsubscribe links, so that only the recipient can unsubscribe the address.
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { isAddress } from './address.ts';
import type { Secret } from './secret.ts';

const MAC_BYTES = 16;
const TOKEN = /^([A-Za-z0-9_-]{2,400})\.([A-Za-z0-9_-]{22})$/;

export interface UnsubscribeLinks {
  /** Stands in a mail where each recipient's own link goes; the link as a template sees it. Undefined without `publicUrl`. */
  mark: string | undefined;
  linkFor(address: string): Promise<string | undefined>;
  /** The address; null if the token is not ours. */
  read(token: string): Promise<string | null>;
}

export function createUnsubscribeLinks(
  publicUrl: string | undefined,
  secret: Secret,
  newMark: () => string = randomUUID,
): UnsubscribeLinks {
  const base =
    publicUrl === undefined ? undefined : `${publicUrl.replace(/\/+$/, '')}/plugins/email/public/unsubscribe/`;

  async function sign(address: string): Promise<Buffer> {
    const mac = createHmac('sha256', await secret()).update(`unsubscribe\n${address}`);
    return mac.digest().subarray(0, MAC_BYTES);
  }

  return {
    // Unguessable, so that template variables cannot place the link.
    mark: base === undefined ? undefined : `${base}${newMark()}`,

    async linkFor(address) {
      if (base === undefined) return undefined;
      const key = address.toLowerCase();
      const mac = await sign(key);
      return `${base}${Buffer.from(key, 'utf8').toString('base64url')}.${mac.toString('base64url')}`;
    },

    async read(token) {
      const [, name = '', mac = ''] = TOKEN.exec(token) ?? [];
      const address = Buffer.from(name, 'base64url').toString('utf8');
      if (!isAddress(address)) return null;
      const given = Buffer.from(mac, 'base64url');
      const right = await sign(address);
      return given.length === right.length && timingSafeEqual(given, right) ? address : null;
    },
  };
}
