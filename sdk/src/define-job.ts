// A job type as one value: its name, data, result, options and what it does. A plugin registers it; who imports it adds jobs of it.
import { addJob } from './ambient.ts';
import type { AddJobOptions, JobOf } from './job.ts';
import type { AddOptions } from './jobs-api.ts';
import type { Lazy, Run, RunAny, TypeOptions } from './processor.ts';
import type { AnySchema, InputOf, OutputOf } from './schema.ts';

// biome-ignore lint/suspicious/noExplicitAny: without a schema the data can be anything
type Anything = any;
/** What is added for a type with this schema. */
export type AddedData<S> = S extends AnySchema ? InputOf<S> : Anything;
type Out<S> = S extends AnySchema ? OutputOf<S> : Anything;
type ResultFrom<S> = S extends AnySchema ? OutputOf<S> : unknown;

export type Schemas = AnySchema | undefined;
export type AddedJob<T extends string, S extends Schemas, RS extends Schemas> = JobOf<T, AddedData<S>, ResultFrom<RS>>;

interface TypedJob<T extends string, S extends Schemas, RS extends Schemas>
  extends TypeOptions<T, AddedData<S>, ResultFrom<RS>> {
  type: T;
  /** Checks the data when a job is added, and again before it runs; `run` gets what the schema gives. */
  data?: S;
}

export interface JobDefinition<T extends string, S extends Schemas, RS extends Schemas> extends TypedJob<T, S, RS> {
  /** Gives the result its type. It is not checked: the work is done by then. */
  result?: RS;
  run: AnswerOf<Out<S>, RS> | Lazy<AnswerOf<Out<S>, RS>>;
}
type AnswerOf<D, RS> = RS extends AnySchema ? Run<D, OutputOf<RS>> : RunAny<D>;

/** What `defineJob()` answers. */
export interface DefinedJob<T extends string, S extends Schemas, RS extends Schemas> extends JobDefinition<T, S, RS> {
  /** Adds a job of this type for the plugin or the application that calls it, like `addJob`. */
  add(data: AddedData<S>, options?: AddJobOptions & AddOptions): Promise<AddedJob<T, S, RS>>;
  /** Is this job of this type? Gives its data and result their types. */
  is(job: { readonly type: string }): job is AddedJob<T, S, RS>;
}

// biome-ignore lint/suspicious/noExplicitAny: a job of any data and result
export type AnyJob = JobDefinition<any, any, any>;

/**
 * Says once what a type is: `export const greet = defineJob({ type: 'greet', data: GreetData, run: async ({ name }) => ... })`. The plugin
 * registers it with `ctx.registerProcessor(greet)`; anybody who imports it adds with `greet.add({ name: 'Ada' })` or `ctx.add(greet, { name: 'Ada' })`.
 */
export function defineJob<const T extends string, S extends Schemas = undefined>(
  definition: TypedJob<T, S, undefined> & { result?: undefined; run: RunAny<Out<S>> | Lazy<RunAny<Out<S>>> },
): DefinedJob<T, S, undefined>;
export function defineJob<const T extends string, RS extends AnySchema, S extends Schemas = undefined>(
  definition: TypedJob<T, S, RS> & { result: RS; run: Run<Out<S>, OutputOf<RS>> | Lazy<Run<Out<S>, OutputOf<RS>>> },
): DefinedJob<T, S, RS>;
export function defineJob(definition: AnyJob): AnyJob {
  const { type } = definition;
  return {
    ...definition,
    add: (data: unknown, { trx, ...options }: AddJobOptions & AddOptions = {}) =>
      addJob({ ...options, type, data }, trx === undefined ? {} : { trx }),
    is: (job: { readonly type: string }) => job.type === type,
  } as AnyJob;
}
