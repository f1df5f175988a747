// May this caller add or retry a job of this type with this data? Checks the host's rule and the right that the type requires.
import { type FieldError, isUpload, type Job, JobsError } from '@phraseworks/sdk';
import { fieldPath } from '@phraseworks/sdk/host';
import type { Context } from 'hono';
import { privilegedIn } from '../kernel/json-schema.ts';
import { BULK_TYPE } from '../queue/registry.ts';
import { type Guard, isAllowed, type Subject } from './guard.ts';
import type { HttpDeps } from './route.ts';
import { UPLOAD_ID } from './uploads.ts';

interface AddingDeps extends Pick<HttpDeps, 'typeOf' | 'arePluginsStarting'> {
  guard: Guard;
}

export class Adding {
  readonly #deps: AddingDeps;

  constructor(deps: AddingDeps) {
    this.#deps = deps;
  }

  /**
   * Throws `UNKNOWN_TYPE`, so that a typo does not become a job that waits forever, or `UNAVAILABLE` while a plugin that may have the type
   * starts; `UNAUTHORIZED`, `FORBIDDEN`.
   */
  async check(
    c: Context,
    jobs: readonly { type: string; data?: unknown }[],
    path: (index: number) => string,
    uploads: readonly string[] = [],
  ): Promise<void> {
    const { typeOf, arePluginsStarting, guard } = this.#deps;
    const errors: FieldError[] = jobs.flatMap(({ type }, i) =>
      typeOf(type) ? [] : [{ path: path(i), message: 'is not a known job type' }],
    );
    if (errors.length > 0 && arePluginsStarting())
      throw new JobsError(
        'UNAVAILABLE',
        'This job type is unknown so far, and plugins are still starting. Try again.',
        {
          retryAfter: 2,
        },
      );
    if (errors.length > 0)
      throw new JobsError('UNKNOWN_TYPE', 'No plugin has this job type. api/types lists the known types.', {
        errors,
      });
    for (const [i, { type, data }] of jobs.entries()) {
      const { plugin = null, access = 'administer', schema = null } = typeOf(type) ?? {};
      if (access === 'none') throw notOverHttp(path(i));
      const subject: Subject = { type, plugin, data };
      const dataPath = path(i).replace(/(?:type|name|schedule|data)$/, 'data');
      refuseCopied(data, uploads, dataPath);
      await guard(c, 'add', subject);
      if (access !== 'add') await guard(c, access, subject);
      const field = privilegedIn(data, schema);
      if (field !== null && !(await isAllowed(c, guard, 'operate', subject)))
        throw privileged(`${dataPath}${field.slice('data'.length)}`);
    }
  }

  /** Retrying a job needs the rights for adding it; if its type cannot be added over HTTP, the right to administer. */
  async checkAgain(c: Context, job: Job, data: { data?: unknown }): Promise<void> {
    const { typeOf, guard } = this.#deps;
    const { access = 'administer' } = typeOf(job.type) ?? {};
    const changed = 'data' in data;
    if (changed && access === 'none') throw notOverHttp('data');
    if (access !== 'add') await guard(c, access === 'none' ? 'administer' : access, job);
    if (!changed) return;
    // The job with its new data, as it would be added.
    const own = uploadsIn(job.data).map(({ id }) => id);
    await this.check(c, [{ type: job.type, data: data.data }], () => 'data', own);
    if (access !== 'add') await guard(c, access as Exclude<typeof access, 'none'>, { ...job, data: data.data });
  }

  /** Types whose jobs this caller may not retry. */
  async closedTypes(c: Context, types: readonly { type: string; plugin: string | null }[]): Promise<string[]> {
    const { typeOf, guard } = this.#deps;
    const closed = [(await isAllowed(c, guard, 'administer')) ? [] : [BULK_TYPE]];
    for (const { type, plugin } of types) {
      const { access = 'administer' } = typeOf(type) ?? {};
      const action = access === 'none' ? 'administer' : access;
      if (access !== 'add' && !(await isAllowed(c, guard, action, { type, plugin }))) closed.push([type]);
    }
    return closed.flat();
  }

  /** For forms, which have no data yet: true also if only the data decides. */
  async may(c: Context, type: string): Promise<boolean> {
    const known = this.#deps.typeOf(type);
    if (!known || known.access === 'none') return false;
    const { guard } = this.#deps;
    let dataDecides = false;
    const subject: Subject = {
      type,
      plugin: known.plugin,
      get data() {
        dataDecides = true;
        return undefined;
      },
    };
    const allowed =
      (await isAllowed(c, guard, 'add', subject)) &&
      (known.access === 'add' || (await isAllowed(c, guard, known.access, subject)));
    return allowed || dataDecides;
  }
}

const notOverHttp = (path: string): JobsError =>
  new JobsError('FORBIDDEN', 'Jobs of this type cannot be added over HTTP: only the site itself adds them.', {
    errors: [{ path, message: 'cannot be added over HTTP' }],
  });

const privileged = (path: string): JobsError =>
  new JobsError('FORBIDDEN', 'You need the "operate" permission to set this field of the job.', {
    errors: [{ path, message: 'needs the "operate" permission' }],
  });

interface FoundUpload {
  id: string;
  path: readonly (string | number)[];
}

function uploadsIn(data: unknown, path: readonly (string | number)[] = []): FoundUpload[] {
  if (typeof data !== 'object' || data === null) return [];
  if (isUpload(data) && UPLOAD_ID.test(data.upload)) return [{ id: data.upload, path }];
  return Object.entries(data).flatMap(([key, value]) =>
    uploadsIn(value, [...path, Array.isArray(data) ? Number(key) : key]),
  );
}

/** Throws `INVALID_DATA` for a reference that is not in `own`. */
function refuseCopied(data: unknown, own: readonly string[], base = 'data'): void {
  const errors: FieldError[] = uploadsIn(data)
    .filter(({ id }) => !own.includes(id))
    .map(({ path }) => ({
      path: fieldPath(base, path),
      message: 'refers to a file of another job: send the file itself',
    }));
  if (errors.length > 0)
    throw new JobsError('INVALID_DATA', 'A job can only use files that were sent with it.', { errors });
}
