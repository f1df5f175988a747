// The content that a job is about, as it is given, stored and shown.
import type { Content, FieldError } from '@phraseworks/sdk';

const KIND = /^[A-Za-z][A-Za-z0-9_.-]{0,39}$/;
const LONGEST_ID = 140;

/** As it is stored, `post:17`, or what is wrong. */
export function contentOf(given: unknown, path: string): { name: string } | { error: FieldError } {
  const { kind, id } = (given ?? {}) as Partial<Record<keyof Content, unknown>>;
  const wrong = (at: string, message: string) => ({ error: { path: `${path}${at}`, message } });
  if (typeof given !== 'object' || given === null || Object.keys(given).some((key) => key !== 'kind' && key !== 'id'))
    return wrong('', "must be `{ kind, id }`, such as `{ kind: 'post', id: 17 }`");
  if (typeof kind !== 'string' || !KIND.test(kind))
    return wrong('.kind', 'must start with a letter and contain only letters, digits and "_.-", at most 40 characters');
  const text = typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : id;
  if (typeof text !== 'string' || text === '' || text.length > LONGEST_ID || /[\p{Cc}\p{Cs}]/u.test(text))
    return wrong('.id', `must be a whole number, or text of 1 to ${LONGEST_ID} characters without control characters`);
  return { name: `${kind}:${text}` };
}

/** From what is stored. */
export function contentIn(name: string): { kind: string; id: string } {
  const end = name.indexOf(':');
  return { kind: name.slice(0, end), id: name.slice(end + 1) };
}
