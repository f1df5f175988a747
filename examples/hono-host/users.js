// Stands in for the application's own sign-in: HTTP Basic, as every browser and curl know it.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { basicAuth } from 'hono/basic-auth';
import { auth } from 'hono/utils/basic-auth';

const ADMIN = { name: 'ada', isAdmin: true, password: process.env.PASSWORD || randomBytes(12).toString('base64url') };
if (!process.env.PASSWORD) console.log(`Sign in as ada with the password ${ADMIN.password} (PASSWORD sets another)`);

const isRight = (username, password) => {
  const [given, right] = [Buffer.from(password), Buffer.from(ADMIN.password)];
  return username === ADMIN.name && given.length === right.length && timingSafeEqual(given, right);
};

/** Read from the request itself, since a WebSocket does not come through the middleware. */
export function userOf(c) {
  const given = auth(c.req.raw);
  return given && isRight(given.username, given.password) ? ADMIN : undefined;
}

/** Makes the browser ask. */
export const askForPassword = basicAuth({ verifyUser: isRight });
