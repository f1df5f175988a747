// Says whether job events reach the page live.
/** @jsxImportSource react */
import { useConnection } from '@phraseworks/sdk/react';

const WORDS = { live: 'live', polling: 'asking every few seconds', reconnecting: 'reconnecting', paused: 'paused' };

export function Connection() {
  const state = useConnection();
  return (
    <span className={`connection ${state}`} role="status">
      {WORDS[state]}
    </span>
  );
}
