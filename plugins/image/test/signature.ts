// AWS Signature Version 4 as a server checks it: worked out again from the request, with Node's own hashes.
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();

/** Is the request signed with this secret, and its body the one that was signed? */
export function isSigned(request: IncomingMessage, body: Buffer, secret: string): boolean {
  const { method = '', url = '', headers } = request;
  const parts = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
    headers.authorization ?? '',
  );
  const [, credential = '', signed = '', signature = ''] = parts ?? [];
  const [, day = '', region = '', service = '', end = ''] = credential.split('/');
  const lines = signed.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`);
  const hash = String(headers['x-amz-content-sha256']);
  const canonical = [method, url.split('?')[0], url.split('?')[1] ?? '', lines.join(''), signed, hash].join('\n');
  const scope = [day, region, service, end].join('/');
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [day, region, service, end].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, text).toString('hex') === signature && (hash === 'UNSIGNED-PAYLOAD' || hash === sha256(body));
}
