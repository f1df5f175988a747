// Where no events come, everybody looks again and again.
import type { Link, Opening } from './link.ts';
import { createTimer } from './timer.ts';

/** Resolves after the first look. Throws what that throws. */
export async function openPolling(look: () => Promise<unknown>, every: number, { lost }: Opening): Promise<Link> {
  const timer = createTimer();
  let open = true;
  const close = (): void => {
    open = false;
    timer();
  };
  const over = (): void => {
    if (open) lost(link);
    close();
  };
  const next = (): void => {
    if (open) timer(every, again);
  };
  const again = (): void => {
    look().then(next, over);
  };
  const link: Link = {
    kind: 'polling',
    asked: [],
    get open() {
      return open;
    },
    subscribe: again,
    check: again,
    close,
  };
  await look();
  next();
  return link;
}
