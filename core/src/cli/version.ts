// The version of this package, for the command line.
export { version } from '../identity.ts';
