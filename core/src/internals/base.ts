// For our own packages `@phraseworks/cli` and `@phraseworks/testing`: what every command needs, and what loads at once. Not for plugins or sites: any
// release may change it.
export { type Cancel, type Clock, iso, msOf, pause, type Random, systemClock, systemRandom } from '../clock.ts';
export { type Env, systemEnv } from '../env.ts';
export { ERRORS, messageOf, notFound, stackOf } from '../errors.ts';
export { Ids, isId } from '../id.ts';
export { type Identity, identify, isDead, version } from '../identity.ts';
export { isFinal, publicState, STATES } from '../jobs/lifecycle.ts';
export { decodeJson } from '../json.ts';
export { createLogger, type Logger, named, oneLine } from '../logger.ts';
export { PRIORITIES } from '../priority.ts';
