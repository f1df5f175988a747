// DKIM: the key that signs every mail, read and checked when the plugin starts, since a bad one would go unnoticed later.
import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';

const DOMAIN = /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/;

export const DkimConfig = z.strictObject({
  domain: z
    .string()
    .max(253)
    .regex(DOMAIN)
    .describe('Whose key it is: the domain of the sender, or one above it, such as example.com.'),
  selector: z
    .string()
    .max(63)
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/)
    .describe('Names the key, such as jobs: its public half stands in DNS at jobs._domainkey.example.com.'),
  key: z.string().max(20_000).meta({ secret: true }).optional().describe('The RSA key in PEM; either this or keyFile.'),
  keyFile: z
    .string()
    .min(1)
    .optional()
    .describe('A file that holds the key, relative to the working directory, such as /run/secrets/dkim.pem.'),
});

/** As nodemailer wants it. */
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
  if (type !== 'rsa') throw new Error('dkim: the key must be an RSA key; receivers do not all know others');
  return { domainName: domain, keySelector: selector, privateKey: pem };
}

async function readKey(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`dkim.keyFile cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}): ${file}`);
  }
}
