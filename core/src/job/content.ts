// The content that a job is about, as it is given and as it is stored: `post:17`.
import type { Content } from '@phraseworks/sdk';

export const nameOfContent = ({ kind, id }: Content): string => `${kind}:${id}`;

export function contentIn(name: string): { kind: string; id: string } {
  const end = name.indexOf(':');
  return { kind: name.slice(0, end), id: name.slice(end + 1) };
}
