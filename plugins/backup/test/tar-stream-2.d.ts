// tar-stream 2, for the test that archives are also written where npm resolves to that version.
declare module 'tar-stream-2' {
  export function pack(): import('tar-stream').Pack;
}
