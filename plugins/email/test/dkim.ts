// Checks a DKIM signature as a receiver would: relaxed on both sides, RSA with SHA-256.
import { createHash, createVerify } from 'node:crypto';

const tagsOf = (value: string): Record<string, string> =>
  Object.fromEntries(
    value
      .split(';')
      .map((part) => /^\s*([a-z]+)\s*=([\s\S]*)$/.exec(part))
      .flatMap((match) => (match ? [[match[1], (match[2] ?? '').replace(/\s+/g, '')]] : [])),
  );

const relaxed = (line: string): string => {
  const at = line.indexOf(':');
  const value = line
    .slice(at + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim();
  return `${line.slice(0, at).trim().toLowerCase()}:${value}`;
};

function relaxedBody(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''));
  while (lines.at(-1) === '') lines.pop();
  return lines.length === 0 ? '' : `${lines.join('\r\n')}\r\n`;
}

export interface Verified {
  ok: boolean;
  domain: string | undefined;
  selector: string | undefined;
  /** Names of the signed headers, in lower case. */
  signed: string[];
}

export function verifyDkim(source: string, publicKey: string): Verified {
  const end = source.indexOf('\r\n\r\n');
  const lines = source.slice(0, end).split(/\r\n(?![ \t])/);
  const own = lines.find((line) => /^dkim-signature:/i.test(line)) ?? '';
  const tags = tagsOf(own.slice(own.indexOf(':') + 1));
  const signed = (tags.h ?? '').toLowerCase().split(':');
  const headers = signed.flatMap((name) => {
    const line = lines.find((one) => one.slice(0, one.indexOf(':')).toLowerCase() === name);
    return line === undefined ? [] : [relaxed(line)];
  });
  const unsigned = relaxed(own).replace(/(;\s*b=)[^;]*$/, '$1');
  const hash = createHash('sha256')
    .update(relaxedBody(source.slice(end + 4)), 'latin1')
    .digest('base64');
  const verify = createVerify('RSA-SHA256').update(`${headers.join('\r\n')}\r\n${unsigned}`, 'latin1');
  const ok = hash === tags.bh && verify.verify(publicKey, tags.b ?? '', 'base64');
  return { ok, domain: tags.d, selector: tags.s, signed };
}
