// What an action said, after its page came back. Only our own sentences (words/en/said.ts): an address must not put words into the page.
/** @jsxImportSource hono/jsx */
import type { Visit } from './visit.ts';

/** Outside of the part that is renewed, so that it stays until it was read. */
export function Said({ visit }: { visit: Visit }) {
  const { text, bad } = sentence(visit);
  return (
    <div id="said" role={bad ? 'alert' : 'status'}>
      {text === '' ? null : <p class={bad ? 'said refused' : 'said'}>{text}</p>}
    </div>
  );
}

function sentence({ query, words: { said: words } }: Visit): { text: string; bad: boolean } {
  const { said, refused } = query;
  if (refused !== undefined) {
    return { text: `${words.notDone} ${own(words.refused, refused) ?? words.logSaysMore}`, bad: true };
  }
  const done = said === undefined ? undefined : (chosen(query, words) ?? own(words.done, said));
  return { text: done ?? '', bad: false };
}

/** `said=chosen&step=retry&done=3&left=1`. */
function chosen({ said, step = '', done, left }: Record<string, string>, words: Visit['words']['said']): string | null {
  const sentenceOf = own(words.chosen, step);
  if (said !== 'chosen' || sentenceOf === undefined) return null;
  const rest = countOf(left);
  return rest === 0 ? sentenceOf(countOf(done)) : `${sentenceOf(countOf(done))} ${words.left(rest)}`;
}

const countOf = (text: string | undefined): number => (/^\d{1,9}$/.test(text ?? '') ? Number(text) : 0);

const own = <T,>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;
