// For our own packages `@phraseworks/cli` and `@phraseworks/testing`: what every command needs, and what loads at once. Not for plugins or sites: any
// release may change it.

export { nearest } from '@phraseworks/sdk';
export { isFinal, isWaiting } from '../job/lifecycle.ts';
export { type Cancel, Clock, iso, msOf, pause, type Random, systemClock, systemRandom } from '../kernel/clock.ts';
export { type Env, systemEnv } from '../kernel/env.ts';
export { messageOf, notFound, stackOf } from '../kernel/errors.ts';
export { Ids, isId } from '../kernel/id.ts';
export { type Identity, identify, isDead, version } from '../kernel/identity.ts';
export { createLogger, type Logger, named, oneLine } from '../kernel/logger.ts';
