// `top`: what happens now, live on a terminal; one look elsewhere.
import { iso } from '../../clock.ts';
import { type Call, defineCommand, UsageError } from '../command.ts';
import { milliseconds } from '../time-argument.ts';
import { type TopFacts, topFacts } from '../top-facts.ts';
import { topLines } from '../top-lines.ts';
import { type Look, ratesOf, withLook } from '../top-rates.ts';
import { TopTerminal } from '../top-terminal.ts';

const OPTIONS = {
  interval: { type: 'string', value: 'TIME', about: 'between two looks; 1s by default, 200ms at least' },
} as const;

const INTERVAL = 1_000;
const SHORTEST = 200;

export const top = defineCommand({
  usage: ['[--interval TIME]'],
  about: 'Keys: q ends it, p holds the screen. Without a terminal, and with --json, it looks once and ends.',
  example: 'top --interval 2s',
  options: OPTIONS,
  takes: { least: 0, most: 0 },
  async run(call) {
    const interval = milliseconds(call.values.interval, '--interval') ?? INTERVAL;
    if (interval < SHORTEST) throw new UsageError(`--interval must be ${SHORTEST} ms at least.`);
    const client = await call.open();
    const look = () => topFacts(client, call.clock.now());
    if (call.out.terminal) await watch(call, look, interval);
    else once(call, await look());
    return 0;
  },
});

function once({ out }: Call<typeof OPTIONS>, facts: TopFacts): void {
  const { at, counts, running, failures, nodes } = facts;
  const processes = nodes.map(({ id, pid, silent, heartbeatAt, about }) => ({
    id,
    pid,
    silent,
    heartbeatAt: iso(heartbeatAt),
    running: about.running ?? null,
    slots: about.slots ?? null,
  }));
  out.answer({ at: iso(at), counts, running, failures, nodes: processes }, () => {
    const plain = { width: undefined, height: undefined, style: (_: unknown, text: string) => text };
    for (const line of topLines(facts, null, '', plain)) out.line(line);
  });
}

/** Until a key or a signal ends it; throws when the database cannot be read. */
async function watch(
  { out, clock }: Call<typeof OPTIONS>,
  look: () => Promise<TopFacts>,
  interval: number,
): Promise<void> {
  let looks: Look[] = [];
  let facts = await look();
  let isHeld = false;
  let isOver = false;
  let wake = (): void => {};
  const end = (): void => {
    isOver = true;
    wake();
  };
  const draw = (): void => {
    const hint = isHeld ? 'held: p goes on, q ends' : 'q ends, p holds';
    terminal.draw(
      topLines(facts, ratesOf(looks), hint, { ...terminal.size, style: (style, text) => out.style(style, text) }),
    );
  };
  const onKey = (key: string): void => {
    if (key === 'q') end();
    if (key !== 'p') return;
    isHeld = !isHeld;
    draw();
  };
  using terminal = new TopTerminal(process.stdin, process.stdout, onKey, draw);
  process.once('SIGTERM', end);
  try {
    while (!isOver) {
      if (!isHeld) {
        looks = withLook(looks, facts);
        draw();
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        clock.after(interval, resolve);
      });
      if (!isOver && !isHeld) facts = await look();
    }
  } finally {
    process.off('SIGTERM', end);
  }
}
