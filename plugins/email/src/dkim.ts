// DKIM: the signing key, read and checked at the start, since a bad key would go unnoticed later.
import { createPrivateKey } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';

/** Bytes; a key of 16,384 bits has 13 kB. */
const MAX_KEY_FILE = 65_536;
const DOMAIN = /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/;

export const DkimConfig = z.strictObject({
  domain: z
    .string()
    .max(253)
    .regex(DOMAIN)
    .describe('The domain of the sender, or a parent of it, such as example.com.'),
  selector: z
    .string()
    .max(63)
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/)
    .describe('The selector of the key, such as jobs: its public key is in DNS at jobs._domainkey.example.com.'),
  key: z.string().max(20_000).meta({ secret: true }).optional().describe('The RSA key in PEM; either this or keyFile.'),
  keyFile: z
    .string()
    .min(1)
    .optional()
    .describe('A file with the key, at most 64 kB, relative to the working directory, such as /run/secrets/dkim.pem.'),
});

/** In nodemailer's form. */
export interface DkimKey {
  domainName: string;
  keySelector: string;
  privateKey: string;
}

/** Throws when there is no usable key. */
export async function readDkim(config: z.output<typeof DkimConfig>): Promise<DkimKey> {
  const { domain, selector, key, keyFile } = config;
  if ((key === undefined) === (keyFile === undefined)) throw new Error('dkim: give either key or keyFile');
  // From the environment, line ends often come as two characters.
  const pem = key?.replaceAll('\\n', '\n') ?? (await readKey(resolve(keyFile ?? '')));
  let type: string | undefined;
  try {
    type = createPrivateKey(pem).asymmetricKeyType;
  } catch {
    throw new Error(`dkim.${key === undefined ? 'keyFile' : 'key'} is not a private key in PEM`);
  }
  if (type !== 'rsa') throw new Error('dkim: the key must be an RSA key, because not all receivers support others');
  return { domainName: domain, keySelector: selector, privateKey: pem };
}

async function readKey(file: string): Promise<string> {
  const wrong = (what: string) => new Error(`dkim.keyFile ${what}: ${file}`);
  try {
    const about = await stat(file);
    // A device or a pipe may never end.
    if (!about.isFile()) throw wrong('must be a regular file');
    if (about.size > MAX_KEY_FILE) throw wrong(`may have at most ${MAX_KEY_FILE} bytes`);
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : wrong(`cannot be read (${code})`);
  }
}
