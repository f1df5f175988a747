// What a plugin may know.
export * from './ambient.ts';
export * from './command.ts';
export * from './define-job.ts';
export * from './duration.ts';
export * from './errors.ts';
export * from './facts.ts';
export * from './hooks.ts';
export * from './housekeeping.ts';
export * from './job.ts';
export * from './jobs-api.ts';
export * from './monitor.ts';
export * from './plugin.ts';
export * from './processor.ts';
export * from './schema.ts';
export * from './spelling.ts';
export * from './token.ts';
export * from './uploads.ts';
