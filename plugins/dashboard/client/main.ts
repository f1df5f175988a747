// The dashboard's client script: each part listens on the document, so that a page may be renewed under it.

import { attachDrops, attachList, attachPattern, attachTheme, attachTicks } from './controls.ts';
import { attachCopy } from './copy.ts';
import { attachForm } from './form.ts';
import { attachKeys } from './keys.ts';
import { attachLive } from './live.ts';
import { attachSend } from './send.ts';

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
