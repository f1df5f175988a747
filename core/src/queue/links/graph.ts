// The order of the jobs of a graph. Pure.
import type { FieldError } from '@phraseworks/sdk';

type Nodes = Readonly<Record<string, { after?: readonly string[] }>>;

/** The names, each behind those that it comes after; or what is wrong. */
export function inOrder(nodes: Nodes): string[] | FieldError {
  const placed = new Set<string>();
  const path: string[] = [];
  const place = (name: string): FieldError | undefined => {
    if (placed.has(name) || !Object.hasOwn(nodes, name)) return undefined;
    const start = path.indexOf(name);
    if (start >= 0) {
      const circle = [...path.slice(start), name].join(' after ');
      return { path: `${name}.after`, message: `makes a circle: ${circle}` };
    }
    path.push(name);
    const after = nodes[name]?.after;
    const wrong = Array.isArray(after) ? first(after, place) : undefined;
    path.pop();
    placed.add(name);
    return wrong;
  };
  return first(Object.keys(nodes), place) ?? [...placed];
}

function first(names: readonly string[], place: (name: string) => FieldError | undefined): FieldError | undefined {
  for (const name of names) {
    const wrong = place(name);
    if (wrong) return wrong;
  }
  return undefined;
}
