// Who asks: the CMS's Bearer tokens, its middleware that sets isAuth and userId, and what its roles may do with jobs.
import { randomBytes } from 'node:crypto';
import { sign, verify } from 'hono/jwt';

const SECRET = process.env.SECRET || randomBytes(32).toString('hex');
const HOUR = 3600;

const USERS = new Map([
  ['1', { email: 'admin@example.test', role: 'administrator' }],
  ['2', { email: 'editor@example.test', role: 'editor' }],
]);
const RIGHTS = { administrator: ['view', 'add', 'operate', 'administer'], editor: ['view', 'add'] };

export const issueToken = (userId) => sign({ sub: userId, exp: Math.floor(Date.now() / 1000) + HOUR }, SECRET);

/** Sets isAuth and userId, as the CMS does for its own routes. */
export async function auth(c, next) {
  const token = c.req.header('authorization')?.replace(/^Bearer /, '') ?? '';
  const user = await verify(token, SECRET, 'HS256').catch(() => undefined);
  c.set('isAuth', user !== undefined);
  c.set('userId', user?.sub);
  await next();
}

/** For createJobs(): null is 401, false is 403, and the name stands in the log of who did what. */
export function authorize(c, action) {
  if (!c.get('isAuth')) return null;
  const user = USERS.get(c.get('userId'));
  return RIGHTS[user?.role]?.includes(action) === true && { user: user.email };
}
