// English, area by area.
import { frame } from './frame.ts';

export const en = { frame };
