// The major version before of tar-stream, for the test that whoever gets that one still gets archives.
declare module 'tar-stream-2' {
  export function pack(): import('tar-stream').Pack;
}
