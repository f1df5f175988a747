// A job type as one value: its name, data, result, options and code. A plugin registers it; code that imports it can add such jobs.
import { addDefined } from './ambient.ts';
import type { JobFact } from './hooks.ts';
import type { AddJobOptions, AddOptions } from './job.ts';
import type {
  AddedData,
  AddedJob,
  AnyJob,
  JobDefinition,
  Lazy,
  ParsedData,
  ResultFrom,
  Run,
  RunAny,
  Schemas,
  TypedJob,
} from './processor.ts';
import type { AnySchema, OutputOf } from './schema.ts';

/** The result of `defineJob()`. */
export interface DefinedJob<T extends string, S extends Schemas, RS extends Schemas> extends JobDefinition<T, S, RS> {
  /** Adds a job of this type for the calling plugin or application; called from elsewhere, for the plugin that registered it. */
  add(data: AddedData<S>, options?: AddJobOptions & AddOptions): Promise<AddedJob<T, S, RS>>;
  /** Is this a job of this type, or what a `job:*` action reports of one? Narrows its data and result. */
  is(fact: JobFact): fact is JobFact & { type: T; result?: ResultFrom<RS> };
  is(job: { readonly type: string } | null | undefined): job is AddedJob<T, S, RS>;
}

/**
 * Defines a type once: `export const greet = defineJob({ type: 'greet', data: GreetData, run: async ({ name }) => ... })`. The plugin
 * registers it with `ctx.registerProcessor(greet)`; code that imports it adds jobs with `greet.add({ name: 'Ada' })` or `ctx.add(greet, { name: 'Ada' })`.
 */
export function defineJob<const T extends string, S extends Schemas = undefined>(
  definition: TypedJob<T, S, undefined> & {
    result?: undefined;
    run: RunAny<ParsedData<S>> | Lazy<RunAny<ParsedData<S>>>;
  },
): DefinedJob<T, S, undefined>;
export function defineJob<const T extends string, RS extends AnySchema, S extends Schemas = undefined>(
  definition: TypedJob<T, S, RS> & {
    result: RS;
    run: Run<ParsedData<S>, OutputOf<RS>> | Lazy<Run<ParsedData<S>, OutputOf<RS>>>;
  },
): DefinedJob<T, S, RS>;
export function defineJob(definition: AnyJob): AnyJob {
  const { type } = definition;
  return {
    ...definition,
    add: (data: unknown, options?: AddJobOptions & AddOptions) => addDefined(definition, data, options),
    is: (job: { readonly type: string } | null | undefined) => job?.type === type,
  } as AnyJob;
}
