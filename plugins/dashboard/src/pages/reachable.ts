// Which addresses of plugins a person can open: their own routes are for those who administer, but for the public ones.
import { safeAddress } from '../address.ts';
import type { Visit } from '../visit.ts';

const OWN_ROUTE = /^\/plugins\/[^/]+\/(?!public\/)/;

export const mayOpen = ({ may }: Pick<Visit, 'may'>, address: string): boolean =>
  may.administer || !OWN_ROUTE.test(address);

/** Where a link that a plugin gave leads; undefined when it is not a link, or would lead to a refusal. */
export const reachable = (visit: Pick<Visit, 'may' | 'base'>, address: string): string | undefined =>
  mayOpen(visit, address) ? safeAddress(visit.base, address) : undefined;
