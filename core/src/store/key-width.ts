// Cuts names of hosts and people to the width of their columns (191 characters), since MySQL refuses longer ones.

const WIDTH = 190;

export const cutToKey = (text: string): string => text.slice(0, WIDTH);
