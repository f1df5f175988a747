// The order of the jobs of a graph. Pure.
import type { FieldError } from '@phraseworks/sdk';

interface Node {
  after?: readonly string[];
}

/** The names, each behind those that it comes after; or what is wrong. */
export function inOrder(nodes: Readonly<Record<string, Node>>): string[] | FieldError {
  const placed = new Set<string>();
  for (const start of Object.keys(nodes)) {
    const path: { name: string; next: number }[] = [{ name: start, next: 0 }];
    const on = new Set([start]);
    while (path.length > 0) {
      const top = path.at(-1) as (typeof path)[number];
      const { after } = nodes[top.name] as Node;
      const name = placed.has(top.name) || !Array.isArray(after) ? undefined : (after[top.next] as string | undefined);
      top.next += 1;
      if (name === undefined) {
        placed.add(top.name);
        on.delete(top.name);
        path.pop();
      } else if (on.has(name)) return circle([...path.map((one) => one.name), name]);
      else if (Object.hasOwn(nodes, name) && !placed.has(name)) {
        on.add(name);
        path.push({ name, next: 0 });
      }
    }
  }
  return [...placed];
}

function circle(path: readonly string[]): FieldError {
  const last = path.at(-1) as string;
  const round = path.slice(path.indexOf(last));
  return { path: `${round[0]}.after`, message: `makes a circle: ${round.join(' after ')}` };
}
