// The colours of a report: by day, by night, and those that can be seen on either.
import type { Paint } from '@phraseworks/sdk/charts';

export interface Palette extends Paint {
  paper: string;
  raised: string;
  ink: string;
  good: string;
}

export const LIGHT: Palette = {
  paper: '#ffffff',
  raised: '#f5f6f3',
  ink: '#1c2321',
  soft: '#59635f',
  rule: '#e2e5e1',
  good: '#1d7440',
  tones: { main: '#0f6a5c', other: '#5f9f92', bad: '#b3261e', quiet: '#b4bdb8' },
};

export const DARK: Palette = {
  paper: '#161b1a',
  raised: '#1f2625',
  ink: '#e4e9e6',
  soft: '#a3aea9',
  rule: '#2f3734',
  good: '#6cc98b',
  tones: { main: '#58bfab', other: '#3f9585', bad: '#ff8a80', quiet: '#5c6763' },
};

/** For pictures without a ground of their own: a mail is read on white or on black. */
export const EITHER: Palette = {
  ...LIGHT,
  rule: '#9aa39f4d',
  tones: { main: '#23917f', other: '#7db8ac', bad: '#d5483f', quiet: '#9aa39f' },
};
