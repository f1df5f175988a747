// The data and the result of a job as files: the whole of them, but for the secrets.
import type { Visit } from '../visit.ts';
import { readJob } from './read.ts';

export const FILES = ['data', 'result'] as const;

/** An attachment: no browser shows it, whatever it holds. Throws `Refusal`. */
export async function jobFile(visit: Visit, id: string, part: (typeof FILES)[number]): Promise<Response> {
  const { job, data, result } = await readJob(visit, id);
  const { value } = part === 'data' ? data : result;
  return new Response(`${JSON.stringify(value, null, 2)}\n`, {
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Disposition': `attachment; filename="${job.id}-${part}.json"`,
    },
  });
}
