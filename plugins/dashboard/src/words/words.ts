// What the pages say, by language. English is complete; another language brings the same keys.
import { en } from './en/en.ts';

/** One entry for each area of the pages; a sentence with something in it is a function. */
export type Words = typeof en;

const LANGUAGES: Record<string, Words> = { en };

export const LANGUAGE_NAMES = Object.keys(LANGUAGES) as [string, ...string[]];

export const wordsOf = (language: string): Words => LANGUAGES[language] ?? en;
