// Hooks in a component of a page without a browser, in strict mode as their users have it.
import type { Client } from '@phraseworks/sdk/client';
import { JobsProvider } from '@phraseworks/sdk/react';
import { Window } from 'happy-dom';
import { createElement, StrictMode, useEffect } from 'react';
import { onTestFinished } from 'vitest';

// React looks for them when it is loaded.
const window = new Window({ url: 'http://localhost/' });
Object.assign(globalThis, { window, document: window.document });
// Node 20 has none; later ones have one that stays.
if (!('navigator' in globalThis)) Object.assign(globalThis, { navigator: window.navigator });
const { createRoot } = await import('react-dom/client');

export interface Rendered<T> {
  /** What the hook answered in every render that was shown, oldest first. */
  shown: T[];
  /** Resolves with the first answer, past ones included, that is as wanted. */
  until(holds: (answer: T) => boolean): Promise<T>;
  /** Renders it once more. */
  again(): void;
  /** Takes the component off the page. */
  leave(): void;
}

interface ProbeProps {
  use: () => unknown;
  heard: (answer: unknown) => void;
}

function Probe({ use, heard }: ProbeProps): null {
  const answer = use();
  useEffect(() => heard(answer));
  return null;
}

/** Renders a component that uses these hooks; it is gone after the test. */
export function rendered<T>(client: Client, use: () => T): Rendered<T> {
  const shown: T[] = [];
  const waiting = new Set<() => void>();
  const heard = (answer: unknown): void => {
    shown.push(answer as T);
    for (const look of [...waiting]) look();
  };
  const root = createRoot(window.document.createElement('div') as unknown as Element);
  const again = (): void => {
    const probe = createElement(Probe, { use, heard });
    root.render(createElement(StrictMode, null, createElement(JobsProvider, { client }, probe)));
  };
  again();
  const leave = (): void => root.unmount();
  onTestFinished(leave);
  return {
    shown,
    again,
    leave,
    until: (holds) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = shown.find(holds);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}
