// Restores a dump into a database of a server that a person named, under a login that reaches nothing else there.
import { randomBytes } from 'node:crypto';
import type { Where } from './engines/client-program.ts';
import { type Limited, NotAllowed, type Target } from './engines/engine.ts';
import type { Login } from './engines/server-url.ts';
import { BackupFailure } from './failure.ts';
import type { DatabasePart } from './manifest.ts';
import { checkRestored } from './prove.ts';
import { engineOf } from './sources.ts';

export interface Placing extends Where, Omit<Target, 'part'> {
  /** This site made the archive, byte for byte. */
  isOurs: boolean;
  withEvents: boolean;
  progress(fraction: number): void;
  warn(message: string): void;
}

const NOT_TRUSTED =
  'no login can be made that is limited to the target, and this site has no record of making the archive: its dump could do anything that the login in the URL may do. Give a login that may make logins, or unpack the archive, look at the dump and restore it by hand';

/** Null: the dump runs with the URL's own login, because this site made it. */
async function limitedLogin(login: Login, placing: Placing): Promise<Limited | null> {
  try {
    return await engineOf(login).limit(login, randomBytes(5).toString('hex'), placing);
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error;
    if (placing.isOurs) return null;
    throw new BackupFailure('NOT_TRUSTED', NOT_TRUSTED, error);
  }
}

/** Into a new or an empty database. */
export async function placeOnServer(part: DatabasePart, file: string, login: Login, placing: Placing): Promise<void> {
  const { folder, signal, withEvents, progress, warn } = placing;
  const engine = engineOf(login);
  await engine.prepareTarget(login, { part, ...placing }, placing);
  const limited = await limitedLogin(login, placing);
  try {
    const as = limited?.login ?? login;
    const report = (bytes: number) => progress(part.bytes === 0 ? 1 : bytes / part.bytes);
    await engine.load(as, file, { folder, signal, withEvents, isLimited: limited !== null, progress: report });
    checkRestored(part, await engine.facts(as, placing), withEvents);
    const note = await limited?.settle();
    if (note) warn(note);
  } catch (error) {
    await limited?.remove();
    if (!(error instanceof BackupFailure)) throw error;
    const message = `${error.message}. The target is incomplete: drop it, and restore into a new one`;
    throw new BackupFailure(error.code, message, error);
  }
}
