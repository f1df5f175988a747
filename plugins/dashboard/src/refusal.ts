// What services and routes of plugins refuse.
import { ERRORS, type FieldError, JobsError, type PluginContext } from '@phraseworks/sdk';

/** Compares the name: two copies of the SDK in one process have two classes. */
export const isRefusal = (error: unknown): error is JobsError => error instanceof Error && error.name === 'JobsError';

export const statusOf = ({ code }: JobsError): number => ERRORS[code].status;

interface Refusal {
  code: Code;
  status: number;
  /** At least one. */
  errors: readonly FieldError[];
}

/** Null if the work was done. Throws what is no refusal. */
export async function refusalOf(work: Promise<unknown>): Promise<Refusal | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const { code, errors, message } = error;
    return { code, status: statusOf(error), errors: errors.length > 0 ? errors : [{ path: '', message }] };
  }
}

type Code = JobsError['code'];

/** The answer, or `without` if it is refused with `code`, such as that it does not exist. */
export const ifThere = <T, W = undefined>(asked: Promise<T>, code: Code | 'any', without?: W): Promise<T | W> =>
  asked.catch((error: unknown) => {
    if (isRefusal(error) && (code === 'any' || error.code === code)) return without as W;
    throw error;
  });

/** Calls a route of a plugin, with the rights of the visitor. Undefined if it answers no JSON. Throws its problem. */
export async function callRoute<T>(request: PluginContext['request'], path: string, init?: RequestInit): Promise<T> {
  const response = await request(path, init);
  const answer = await response.json().catch(() => undefined);
  if (response.ok) return answer as T;
  const { code, detail, errors } = Object(answer) as { code?: Code; detail: string; errors?: FieldError[] };
  if (code !== undefined && Object.hasOwn(ERRORS, code)) throw new JobsError(code, detail, { errors: errors ?? [] });
  const message = `The plugin answered with status ${response.status}.`;
  throw new JobsError(response.status < 500 ? 'INVALID_DATA' : 'INTERNAL', message);
}
