// The dashboard's browser script. Each part listens on the document, since live updates replace the elements below it.

import { attachBrush } from './brush.ts';
import {
  attachCharts,
  attachDrops,
  attachFrames,
  attachList,
  attachNextRuns,
  attachTheme,
  attachTicks,
  rememberZone,
} from './controls.ts';
import { attachFollow } from './follow.ts';
import { attachForm } from './form.ts';
import { attachBack, attachLive, attachRows } from './live.ts';
import { attachPalette } from './palette.ts';
import { attachSend } from './send.ts';

document.documentElement.classList.add('scripted');
attachTheme();
attachSend();
attachDrops();
attachList();
attachTicks();
attachForm();
attachNextRuns();
attachCharts();
attachFrames();
attachRows();
attachBack();
attachFollow();
attachBrush();
attachPalette();
attachLive();
// Reading the zone takes up to 30 ms, so the page is painted first.
setTimeout(rememberZone, 300);
