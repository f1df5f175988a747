// Searches for a caller: leaves out jobs that only their secrets match, and pages do not reveal that they exist.
import { type Job, type JobFilter, type JobPage, type SearchWord, searchWords } from '@phraseworks/sdk';
import { msOf } from '../kernel/clock.ts';
import { cursorOf, sortOf } from '../store/search-order.ts';
import { isFoundBy, readsData } from '../store/search-words.ts';
import type { Caller } from './actor.ts';
import type { Shown } from './shown.ts';

/** Default page size. */
const PAGE = 50;
/** The most pages of jobs to examine for one answer. */
const MOST_PAGES = 20;

/** `read`: one page of the jobs that the caller may view. */
export async function searchFor(
  actor: Caller,
  filter: JobFilter,
  read: (filter: JobFilter) => Promise<JobPage>,
  shown: Shown,
): Promise<JobPage> {
  // What is no filter is refused where it is read.
  const words = typeof filter?.q === 'string' ? revealingWords(filter.q) : [];
  if (words.length === 0 || (await actor.may('operate'))) {
    const page = await read(filter);
    return { ...page, jobs: await shown.all(actor, page.jobs) };
  }
  // Counted here are only those that are still found.
  const { limit = PAGE, offset = 0, total = false, ...rest } = filter;
  const most = offset + limit;
  let page = await read({ ...rest, limit });
  const sort = sortOf(filter);
  const all: Job[] = [];
  for (let pages = 1; ; pages += 1) {
    const { jobs, nextCursor, capped } = page;
    const masked = await shown.all(actor, jobs);
    all.push(...masked.filter((job, i) => (job === jobs[i] && !isUnread(job)) || isStillFound(job, words)));
    const isEnd = nextCursor === null || capped || pages === MOST_PAGES;
    if (!isEnd && (total || all.length <= most)) {
      page = await read({ ...rest, limit, cursor: nextCursor });
      continue;
    }
    const last = all.length > most ? all[most - 1] : undefined;
    const answer = {
      jobs: all.slice(offset, most),
      ...(total ? { total: all.length, totalCapped: nextCursor !== null } : {}),
    };
    // A delayed job is due when it may run.
    if (last) {
      const at = sort === 'ended' ? last.finishedAt : last.runAt;
      const nextCursor = cursorOf(sort, last.id, at === null ? null : msOf(at));
      return { ...answer, nextCursor, capped: false };
    }
    return { ...answer, nextCursor, capped: nextCursor !== null };
  }
}

/** Data that is too large to search for secrets counts as missing. */
const isUnread = (job: Job): boolean => job.dataBytes !== undefined && job.data === null;

/** In a list: a part of large data is left out. */
export const brief = (job: Job): Job => (job.dataBytes === undefined ? job : { ...job, data: null });

/** The words of a search that may match a secret. */
const revealingWords = (q: string): SearchWord[] =>
  searchWords(q).filter((word) => readsData(word) || word.kind === 'error');

/** Does the search still match without the job's secrets? Otherwise a caller could guess them, letter by letter. */
function isStillFound(shown: Job, words: readonly SearchWord[]): boolean {
  const job = { ...shown, data: JSON.stringify(shown.data) ?? '' };
  return words.every((word) => isFoundBy(word, job));
}
