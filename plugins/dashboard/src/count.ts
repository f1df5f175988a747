// Numbers and plurals as the pages write them.

export const number = (n: number): string => n.toLocaleString('en');

/** `1 job`, `2,400 jobs`. */
export const count = (n: number, one: string, many = `${one}s`): string =>
  n === 1 ? `1 ${one}` : `${number(n)} ${many}`;
