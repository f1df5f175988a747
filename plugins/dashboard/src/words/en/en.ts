// English, area by area.
import { add } from './add.ts';
import { form } from './form.ts';
import { frame } from './frame.ts';
import { job } from './job.ts';
import { list } from './list.ts';
import { log } from './log.ts';
import { metrics } from './metrics.ts';
import { nodes } from './nodes.ts';
import { panel } from './panel.ts';
import { plugins } from './plugins.ts';
import { said } from './said.ts';
import { schedules } from './schedules.ts';
import { states } from './states.ts';

export const en = { add, form, frame, job, list, panel, plugins, said, schedules, states, log, metrics, nodes };
