// Charts as PNG for mails, which show no SVG; drawn by sharp if it is installed.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@phraseworks/sdk';
import { draw } from '@phraseworks/sdk/charts';
import type { Chart } from '../content/model.ts';
import { EITHER, svgFile } from './svg.ts';

export interface Picture {
  cid: string;
  filename: string;
  content: Uint8Array;
  contentType: 'image/png';
}

const WORKER = fileURLToPath(new URL('../../worker/draw.mjs', import.meta.url));
/** Milliseconds. */
const PATIENCE = 30_000;
const MOST_BYTES = 50_000_000;
const NOT_INSTALLED = 3;

/**
 * Drawn in a separate process, so that the host does not load sharp, and a host whose sharp may not read SVG does not matter. Null on
 * failure.
 */
function drawn(svgs: readonly string[], log: Logger): Promise<Uint8Array[] | null> {
  return new Promise((resolve) => {
    const options = { timeout: PATIENCE, maxBuffer: MOST_BYTES, windowsHide: true };
    const child = execFile(process.execPath, [WORKER], options, (error, stdout) => {
      if (!error) return resolve((JSON.parse(stdout) as string[]).map((text) => Buffer.from(text, 'base64')));
      if (error.code === NOT_INSTALLED) log.info('sharp is not installed: charts in mails are shown only as tables');
      else log.warn('the charts could not be drawn: this mail shows them only as tables');
      resolve(null);
    });
    // A child that ended early is reported by its exit code.
    child.stdin?.on('error', () => {});
    child.stdin?.end(JSON.stringify(svgs));
  });
}

/** One per chart, in order; none without sharp. */
export async function pictures(charts: readonly Chart[], name: string, log: Logger): Promise<Picture[]> {
  if (charts.length === 0) return [];
  const made = await drawn(
    charts.map((chart) => svgFile(draw(chart), EITHER, 2)),
    log,
  );
  return (made ?? []).map((content, index) => ({
    cid: `${name}.${index + 1}@report`,
    filename: `chart-${index + 1}.png`,
    content: new Uint8Array(content),
    contentType: 'image/png',
  }));
}
