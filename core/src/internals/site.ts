// For our own packages `@phraseworks/cli` and `@phraseworks/testing`: a whole site, with its pages and sockets. Not for plugins or sites: any
// release may change it.
export { type Assembled, assemble } from '../create-jobs.ts';
export { type Footprint, KINDS } from '../plugins/scope.ts';
export { TABLES } from '../store/schema.ts';
