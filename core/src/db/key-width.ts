// Names that hosts and people give, as wide as the columns that take them: MySQL refuses longer ones.

const WIDTH = 190;

export const cutToKey = (text: string): string => text.slice(0, WIDTH);
