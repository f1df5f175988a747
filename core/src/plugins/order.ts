// The start order of plugins: providers before dependants, otherwise as in the configuration.
import type { Needs, Token } from '@phraseworks/sdk';

export interface Member {
  name: string;
  needs: Needs;
  provides: readonly Token<unknown>[];
}

function providersOf(member: Member, members: readonly Member[], optional: boolean): Member[] {
  const wanted = Object.values(member.needs).filter((token) => (token.optional ?? false) === optional);
  return members.filter(
    (other) => other !== member && wanted.some(({ key }) => other.provides.some((token) => token.key === key)),
  );
}

/** The providers that a member waits for at the start, including optional ones. */
export function providerNames(member: Member, members: readonly Member[]): string[] {
  return [...providersOf(member, members, false), ...providersOf(member, members, true)].map(({ name }) => name);
}

/** Members that depend on each other keep the configuration's order. */
export function startOrder(members: readonly Member[]): string[] {
  const order: string[] = [];
  const open = new Set<Member>();
  const visit = (member: Member): void => {
    if (open.has(member)) return;
    open.add(member);
    for (const provider of providersOf(member, members, false)) visit(provider);
    for (const provider of providersOf(member, members, true)) visit(provider);
    order.push(member.name);
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
