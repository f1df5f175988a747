// The dashboard's client script: each part listens on the document, so that a page may be renewed under it.
import { attachCopy } from './copy.ts';
import { attachDrops } from './drops.ts';
import { attachForm } from './form.ts';
import { attachKeys } from './keys.ts';
import { attachList } from './list.ts';
import { attachLive } from './live.ts';
import { attachPattern } from './pattern.ts';
import { attachSend } from './send.ts';
import { attachTheme } from './theme.ts';
import { attachTicks } from './ticks.ts';

document.documentElement.classList.add('scripted');
attachTheme();
attachSend();
attachKeys();
attachDrops();
attachList();
attachTicks();
attachCopy();
attachForm();
attachPattern();
attachLive();
