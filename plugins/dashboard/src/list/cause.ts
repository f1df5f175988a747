// The search that finds all jobs that failed for one cause.

/** A search takes 200 signs. */
const LONGEST = 190;

/** `Mailbox # is full` gives `error:"Mailbox # is full"`, where `#` stands for any number; undefined when nothing is left to search for. */
export function searchOf(cause: string): string | undefined {
  // A quote cannot stand inside quotes.
  const parts = cause
    .split('"')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  let search = '';
  for (const part of parts) {
    const room = LONGEST - search.length - ' error:""'.length;
    if (room > 0) search += ` error:"${part.slice(0, room).trim()}"`;
  }
  return search.trimStart() || undefined;
}
