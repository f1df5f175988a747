// A progress bar as text. Pure.

import { oneLine } from '@phraseworks/jobs/internals/base';
import type { Progress } from '@phraseworks/sdk';

const WIDTH = 24;

/** `[######------------------]  25 % 2/8 reading`. */
export function bar({ percentage, processed, total, message }: Progress): string {
  const full = Math.round((Math.min(Math.max(percentage, 0), 100) / 100) * WIDTH);
  const count = processed === undefined ? '' : ` ${processed}${total === undefined ? '' : `/${total}`}`;
  const words = message === undefined ? '' : ` ${oneLine(message)}`;
  return `[${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}] ${percentText(percentage)}${count}${words}`;
}

/** The same without the bar, for logs. */
export function plainProgress({ percentage, processed, total, message }: Progress): string {
  const count = processed === undefined ? '' : ` ${processed}${total === undefined ? '' : `/${total}`}`;
  return `${percentText(percentage).trim()}${count}${message === undefined ? '' : ` ${oneLine(message)}`}`;
}

const percentText = (percentage: number): string => `${String(Math.round(percentage)).padStart(3)} %`;
