// Builds the blocks of panels and views.
import type { Block, BlockAction, Cell } from './contract/blocks.ts';

export const block = {
  stat: (label: string, value: string | number): Block => ({ type: 'stat', label, value }),
  text: (text: string, tone?: 'good' | 'warn' | 'bad'): Block => ({ type: 'text', text, ...(tone ? { tone } : {}) }),
  link: (text: string, href: string): Block => ({ type: 'link', text, href }),
  image: (src: string, alt: string, caption: string): Block => ({ type: 'image', src, alt, caption }),
  table: (columns: string[], rows: Cell[][], pages: { page?: number; pages?: number } = {}): Block => ({
    type: 'table',
    columns,
    rows,
    ...pages,
  }),
  action: (label: string, post: string, more: Pick<BlockAction, 'confirm'> = {}): Block => ({
    type: 'action',
    label,
    post,
    ...more,
  }),
  form: (label: string, post: string, schema: Record<string, unknown>): Block => ({
    type: 'form',
    label,
    post,
    schema,
  }),
};
