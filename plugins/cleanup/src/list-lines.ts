// A whole list as lines of JSON, read page by page while it is sent.
import type { PluginClock } from '@phraseworks/sdk';
import type { Lists } from './lists.ts';

const PAGE = 500;

export function listLines(lists: Lists, id: string, clock: PluginClock): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next = 0;
  return new ReadableStream({
    async pull(controller) {
      const rows = await lists.items(id, next, PAGE);
      const last = rows.at(-1);
      if (!last) return controller.close();
      next = last.n + 1;
      const lines = rows.map(({ label, bytes, at, outcome }) =>
        JSON.stringify({ item: label, bytes, at: clock.iso(at), outcome }),
      );
      controller.enqueue(encoder.encode(`${lines.join('\n')}\n`));
    },
  });
}
