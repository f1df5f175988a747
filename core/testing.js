// Deprecated: import from `@phraseworks/testing`, which this re-exports.
export * from '@phraseworks/testing';
