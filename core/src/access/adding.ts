// May this caller add or retry a job of this type with this data? Checks the site's rule and the right that the type requires.
import {
  type Access,
  type FieldError,
  isUpload,
  type Job,
  JobsError,
  type NewJob,
  type Subject,
} from '@phraseworks/sdk';
import { fieldPath } from '@phraseworks/sdk/host';
import { Needing } from '../kernel/container.ts';
import { isUuid } from '../kernel/id.ts';
import { type Node, privilegedIn } from '../kernel/json-schema.ts';
import { PluginHost } from '../plugins/plugin-host.ts';
import type { AddContext } from '../queue/admission.ts';
import { Queue } from '../queue/queue.ts';
import { TypeRegistry } from '../queue/registry.ts';
import type { Caller } from './actor.ts';
import { addingCaller, checkKey } from './keys.ts';

interface KnownType {
  plugin: string | null;
  access: Access;
  schema: Node | null;
}

/** A job to start again; without data where no filter may ask for it. */
type Again = Subject & { type: string; plugin: string | null };

export class Adding extends Needing<typeof Adding.needs> {
  static readonly needs = { registry: TypeRegistry, queue: Queue, plugins: PluginHost };

  /** `uploads`: ids of the files that were sent with it. */
  async one(actor: Caller, job: NewJob, uploads: readonly string[]): Promise<AddedFor> {
    await this.check(actor, [job], () => 'type', uploads);
    return addedFor(actor, async (context) => [await this.needs.queue.add(job, context)]);
  }

  async many(actor: Caller, jobs: readonly NewJob[]): Promise<AddedFor> {
    await this.check(actor, jobs, (i) => `[${i}].type`);
    return addedFor(actor, (context) => this.needs.queue.addMany(jobs, context));
  }

  /** A type of the application or of a plugin, enabled or not; null if it is unknown. */
  known(type: string): KnownType | null {
    const { registry } = this.needs;
    const here = registry.get(type);
    const plugin = here?.plugin ?? registry.ownerOf(type) ?? null;
    if (plugin === null && !here) return null;
    return { plugin, access: registry.accessOf(type), schema: registry.schemaOf(type) ?? null };
  }

  /** What a right is asked about for a job of this type. */
  subject({ type, data }: { type: string; data?: unknown }): Subject {
    return { type, plugin: this.known(type)?.plugin ?? null, data };
  }

  /**
   * Throws `UNKNOWN_TYPE`, so that a typo does not become a job that waits forever, or `UNAVAILABLE` while a plugin that may have the type
   * starts; `UNAUTHORIZED`, `FORBIDDEN`.
   */
  async check(
    actor: Caller,
    jobs: readonly (Partial<NewJob> & { type: string })[],
    path: (index: number) => string,
    uploads: readonly string[] = [],
  ): Promise<void> {
    const errors: FieldError[] = jobs.flatMap(({ type }, i) =>
      this.known(type) ? [] : [{ path: path(i), message: 'is not a known job type' }],
    );
    if (errors.length > 0 && this.needs.plugins.starting().length > 0)
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
    if (actor.isSite) return;
    for (const [i, job] of jobs.entries()) {
      const { type, data } = job;
      const { access = 'administer', schema = null } = this.known(type) ?? {};
      if (access === 'none') throw notOverHttp(path(i));
      const subject = this.subject({ type, data });
      const pathOf = (field: string) => path(i).replace(/(?:type|name|schedule|data)$/, field);
      const dataPath = pathOf('data');
      refuseCopied(data, uploads, dataPath);
      await actor.require('add', subject);
      if (access !== 'add') await actor.require(access, subject);
      await checkKey(actor, job, { subject, options: this.needs.registry.optionsOf(type), pathOf });
      const field = privilegedIn(data, schema);
      if (field !== null && !(await actor.may('operate', subject)))
        throw privileged(`${dataPath}${field.slice('data'.length)}`);
    }
  }

  /** Retrying a job needs the rights for adding it; if its type cannot be added over HTTP, the right to administer. */
  async checkAgain(actor: Caller, job: Again, data?: unknown): Promise<void> {
    if (actor.mayAll) return;
    const { access = 'administer' } = actor.isSite ? { access: 'operate' as const } : (this.known(job.type) ?? {});
    const changed = data !== undefined;
    if (changed && access === 'none') throw notOverHttp('data');
    if (access !== 'add') await actor.require(access === 'none' ? 'administer' : access, job);
    if (!changed) return;
    // The job with its new data, as it would be added.
    const own = uploadsIn(job.data).map(({ id }) => id);
    await this.check(actor, [{ type: job.type, data }], () => 'data', own);
    if (access !== 'add') await actor.require(access as Exclude<typeof access, 'none'>, { ...job, data });
  }

  /** For forms, which have no data yet: true also if only the data decides. */
  async may(actor: Caller, type: string): Promise<boolean> {
    const known = this.known(type);
    if (!known || known.access === 'none') return false;
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
      (await actor.may('add', subject)) && (known.access === 'add' || (await actor.may(known.access, subject)));
    return allowed || dataDecides;
  }
}

/** Added jobs, and the ids of those that were there. */
export interface AddedFor {
  jobs: Job[];
  found: ReadonlySet<string>;
}

/** Adds with what the caller may see and do. */
export async function addedFor(actor: Caller, add: (context: AddContext) => Promise<Job[]>): Promise<AddedFor> {
  const caller = await addingCaller(actor);
  // Callers may not fill the whole queue.
  const jobs = await add({ plugin: null, isOutside: !actor.isSite, by: actor.user ?? null, caller });
  return { jobs, found: caller.found };
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
  if (isUpload(data) && isUuid(data.upload)) return [{ id: data.upload, path }];
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
