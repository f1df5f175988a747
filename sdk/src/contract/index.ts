// The contract of the HTTP API: its requests and answers as schemas. Each shape is written once, and the type of the same name comes from it.
export * from './batches.ts';
export * from './blocks.ts';
export * from './jobs.ts';
export * from './requests.ts';
export * from './site.ts';
