// A stranger's text on one line, for subjects, messages and lists.

/** Control characters, ends of lines and of paragraphs, and what turns the text around it, become spaces. Pure. */
export const oneLine = (text: string): string =>
  text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
