// Signed requests to S3, and what their refusals mean. aws4fetch is loaded with the first of them.
import type { S3Config } from './config.ts';
import { BackupFailure, inBrackets } from './failure.ts';

const RETRIES = 3;

export interface Ask {
  query?: Record<string, string>;
  body?: Buffer | string;
  headers?: Record<string, string>;
  signal: AbortSignal;
  /** A 404 is answered with null. */
  missing?: boolean;
}

export interface S3Client {
  /** Throws `S3_REFUSED` or `S3_UNAVAILABLE`; the caller reads the body. */
  ask(method: 'GET' | 'PUT' | 'POST' | 'DELETE', key: string, ask: Ask): Promise<Response | null>;
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const text = (xml: string): string =>
  xml.replace(/&(?:#(\d{1,7})|(\w{2,4}));/g, (all, number?: string, name?: string) =>
    number ? String.fromCodePoint(Number(number)) : (ENTITIES[name ?? ''] ?? all),
  );

/** The text of each element of this name; the answers of S3 are flat enough for that. */
export const tagsOf = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map((found) => text(found[1] ?? ''));

async function awsClient({ accessKeyId, secretAccessKey, region }: S3Config) {
  try {
    const { AwsClient } = await import('aws4fetch');
    return new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: RETRIES });
  } catch (error) {
    throw new BackupFailure(
      'MISSING_LIBRARY',
      'aws4fetch is not installed here: it is needed for the config key s3',
      error,
    );
  }
}

/** An answer that refuses, in our words and S3's own code such as `AccessDenied`. */
function refusal(status: number, xml: string): BackupFailure {
  const [code] = tagsOf(xml, 'Code');
  const named = code && /^[A-Za-z]{3,60}$/.test(code) ? ` ${code}` : '';
  const later = status >= 500 || status === 429 || status === 408 || code === 'RequestTimeout' || code === 'SlowDown';
  if (later) return new BackupFailure('S3_UNAVAILABLE', `the bucket answered ${status}${named}`);
  return new BackupFailure(
    'S3_REFUSED',
    `the bucket refused the request: ${status}${named}. Check bucket, region, keys and their rights in the config key s3`,
  );
}

export function s3Client(config: S3Config): S3Client {
  let client: ReturnType<typeof awsClient> | undefined;
  const base = `${config.endpoint.replace(/\/+$/, '')}/${config.bucket}`;
  return {
    async ask(method, key, { query = {}, body, headers = {}, signal, missing }) {
      client ??= awsClient(config);
      const search = new URLSearchParams(query).toString();
      const url = `${base}${key === '' ? '' : `/${key}`}${search === '' ? '' : `?${search}`}`;
      let answer: Response;
      try {
        const aws = await client.catch((error: unknown) => {
          client = undefined;
          throw error;
        });
        answer = await aws.fetch(url, {
          method,
          headers,
          signal,
          redirect: 'manual',
          ...(body === undefined ? {} : { body }),
        });
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof BackupFailure) throw error;
        const cause = (error as { cause?: unknown }).cause ?? error;
        throw new BackupFailure(
          'S3_UNAVAILABLE',
          `the endpoint of the bucket cannot be reached${inBrackets(cause)}`,
          error,
        );
      }
      if (answer.ok) return answer;
      const said = await answer.text().catch(() => '');
      if (answer.status === 404 && missing && !/<Code>NoSuchBucket</.test(said)) return null;
      throw refusal(answer.status, said);
    },
  };
}
