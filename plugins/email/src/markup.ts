// HTML template strings that escape every value except nested markup.
import { escapeMarkup } from '@phraseworks/sdk';

export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export function html(strings: TemplateStringsArray, ...values: (string | number | Markup | Markup[])[]): Markup {
  const show = (value: string | number | Markup | Markup[]): string => {
    if (value instanceof Markup) return value.text;
    if (Array.isArray(value)) return value.map(show).join('');
    return escapeMarkup(String(value));
  };
  return new Markup(String.raw({ raw: strings }, ...values.map(show)));
}
