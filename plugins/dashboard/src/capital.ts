/** Heads of columns begin with a capital letter, as the style sheet writes them; the label of a cell on a narrow screen is no element and needs it in the text. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
