// People with rights: a bearer token names the caller, as in a custom host.
import type { Action, Authorize } from '@phraseworks/jobs';

export const ROLES = ['nobody', 'stranger', 'viewer', 'author', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const RIGHTS: Record<Role, readonly Action[]> = {
  nobody: [],
  stranger: [],
  viewer: ['view'],
  author: ['view', 'add'],
  operator: ['view', 'add', 'operate'],
  admin: ['view', 'add', 'operate', 'administer'],
};

export const mayDo = (role: Role, action: Action): boolean => RIGHTS[role].includes(action);

/** The headers of a client of this role; without a sign-in, none. */
export const headersOf = (role: Role): Record<string, string> =>
  role === 'nobody' ? {} : { authorization: `Bearer ${role}` };

/** Who sends no token is unknown (401); who may not do it is refused (403). */
export const byToken: Authorize = (c, action) => {
  const role = /^Bearer (\w+)$/.exec(c.req.header('authorization') ?? '')?.[1];
  if (role === undefined) return null;
  return mayDo(role as Role, action) ? { user: role } : false;
};
