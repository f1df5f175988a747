// The CMS's tokens and roles, and what they mean for jobs.
import { randomBytes } from 'node:crypto';
import { sign, verify } from 'hono/jwt';

const SECRET = process.env.SECRET_KEY || randomBytes(32).toString('hex');
const HOUR = 3600;

const USERS = new Map([
  [1, { email: 'admin@example.test', role: 'administrator' }],
  [2, { email: 'editor@example.test', role: 'editor' }],
]);
const RIGHTS = { administrator: ['view', 'add', 'operate', 'administer'], editor: ['view', 'add'] };

export const issueToken = (userId) => sign({ userId, exp: Math.floor(Date.now() / 1000) + HOUR }, SECRET);

const userIdOf = async (token) => (await verify(token, SECRET, 'HS256').catch(() => undefined))?.userId;

/** Sets isAuth, userId and isAdmin for the CMS's own routes. */
export async function authMiddleware(c, next) {
  const userId = await userIdOf(c.req.header('authorization')?.replace(/^Bearer /, '') ?? '');
  c.set('isAuth', userId !== undefined);
  c.set('userId', userId);
  c.set('isAdmin', USERS.get(userId)?.role === 'administrator');
  await next();
}

/** For `tokensOf()`: whom a token belongs to, and what this user may do with jobs. */
export async function userOf(token) {
  const user = USERS.get(await userIdOf(token));
  return user ? { user: user.email, may: RIGHTS[user.role] } : null;
}
