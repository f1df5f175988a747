// The only form of e-mail address that may reach an envelope: a bare ASCII addr-spec.
import { z } from 'zod';

const LOCAL = /^[A-Za-z0-9_%+-]+(?:\.[A-Za-z0-9_%+-]+)*$/;
const DOMAIN = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

export const NOT_AN_ADDRESS = 'must be one bare e-mail address, such as ada@example.com';

/**
 * True for `local@domain` with nothing around it. No display name, list, group, comment, quote or control character,
 * since each of them has made a mail library send to the wrong recipient. A single-label domain (`localhost`) is valid.
 */
export function isAddress(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 254) return false;
  const at = value.indexOf('@');
  return at > 0 && at <= 64 && LOCAL.test(value.slice(0, at)) && DOMAIN.test(value.slice(at + 1));
}

export const domainOf = (address: string): string => address.slice(address.indexOf('@') + 1);
export const localPartOf = (address: string): string => address.slice(0, address.indexOf('@'));

/** Removes duplicates, ignoring case; keeps the first spelling. */
export function distinct(addresses: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const address of addresses) {
    const key = address.toLowerCase();
    if (!seen.has(key)) seen.set(key, address);
  }
  return [...seen.values()];
}

export const Address = z
  .string()
  .max(254)
  .refine(isAddress, { params: { message: NOT_AN_ADDRESS } })
  .meta({ format: 'email' });
