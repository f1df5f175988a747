// The start order of plugins: providers before dependants, otherwise as in the configuration.
import type { Needs, Token } from '@phraseworks/sdk';

export interface Member {
  name: string;
  needs: Needs;
  provides: readonly Token<unknown>[];
}

/** Those that provide what the member needs; `all`: also what it can do without. */
function providersOf(member: Member, members: readonly Member[], all: boolean): Member[] {
  const wanted = Object.values(member.needs).filter(({ optional = false }) => all || !optional);
  return members.filter(
    (other) => other !== member && wanted.some(({ key }) => other.provides.some((token) => token.key === key)),
  );
}

/** Each with the names of those before it that it waits for. Members that depend on each other keep the configuration's order. */
export function startOrder(members: readonly Member[]): Map<string, string[]> {
  const order = new Map<string, string[]>();
  const open = new Set<Member>();
  const visit = (member: Member): void => {
    if (open.has(member)) return;
    open.add(member);
    const providers = providersOf(member, members, true);
    for (const provider of providers) visit(provider);
    order.set(
      member.name,
      providers.map(({ name }) => name).filter((name) => order.has(name)),
    );
  };
  for (const member of members) visit(member);
  return order;
}

/** `['one', 'two', 'one']` if `name` depends on itself; optional needs do not count. */
export function circleOf(name: string, members: readonly Member[]): string[] | null {
  const start = members.find((member) => member.name === name);
  const seen = new Set<Member>();
  const search = (member: Member, path: string[]): string[] | null => {
    for (const provider of providersOf(member, members, false)) {
      if (provider === start) return [...path, name];
      if (seen.has(provider)) continue;
      seen.add(provider);
      const found = search(provider, [...path, provider.name]);
      if (found) return found;
    }
    return null;
  };
  return start ? search(start, [name]) : null;
}
