// How a report looks: styles are on the elements, since mail programs drop the rest; only the dark colours are rules of a stylesheet.
import { DARK, LIGHT, type Palette } from '../chart/palette.ts';

const SANS = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
const { ink, soft, rule, raised, paper } = LIGHT;

export const STYLE = {
  body: `margin:0;padding:0;background:${raised};color:${ink};font-family:${SANS};font-size:15px;line-height:1.5;-webkit-text-size-adjust:100%;text-size-adjust:100%`,
  sheet: `width:100%;max-width:720px;background:${paper};border-radius:10px`,
  inside: 'padding:32px 36px 28px',
  site: `margin:0 0 2px;font-size:13px;color:${soft}`,
  title: `margin:0;font-size:26px;line-height:1.2;font-weight:650;letter-spacing:-0.02em;color:${ink}`,
  against: `margin:4px 0 0;font-size:13px;color:${soft}`,
  headline: `margin:20px 0 0;font-size:17px;line-height:1.5;color:${ink};overflow-wrap:anywhere`,
  note: `margin:14px 0 0;padding:10px 14px;font-size:14px;background:${raised};color:${soft};border-radius:6px`,
  tiles: `margin:26px 0 0;padding:18px 0 4px;border-top:1px solid ${rule};font-size:0`,
  tile: 'display:inline-block;width:25%;min-width:146px;margin:0 0 14px;vertical-align:top;font-size:15px',
  tileLabel: `margin:0;font-size:13px;color:${soft}`,
  tileValue: `margin:0;font-size:26px;line-height:1.3;font-weight:600;letter-spacing:-0.02em;color:${ink};font-variant-numeric:tabular-nums`,
  change: `font-size:12px;line-height:1.4;color:${soft};font-weight:400;white-space:nowrap;font-variant-numeric:tabular-nums`,
  section: `margin:34px 0 0;padding:20px 0 0;border-top:1px solid ${rule}`,
  heading: `margin:0;font-size:18px;line-height:1.3;font-weight:650;letter-spacing:-0.01em;color:${ink}`,
  about: `margin:4px 0 0;font-size:13px;color:${soft}`,
  chart: 'margin:16px 0 0',
  chartTitle: `padding:0 0 8px;font-size:13px;font-weight:600;color:${ink};text-align:left`,
  chartTop: `padding:0 0 8px;font-size:12px;color:${soft};text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums`,
  label: `padding:5px 0 0;font-size:11px;line-height:1.2;color:${soft};text-align:center;font-variant-numeric:tabular-nums`,
  legend: `margin:8px 0 0;font-size:12px;color:${soft}`,
  entry: 'white-space:nowrap;margin:0 14px 0 0',
  key: 'display:inline-block;width:9px;height:9px;border-radius:2px;margin:0 5px 0 0',
  keyLine: 'display:inline-block;width:18px;height:0;margin:0 6px 0 0;vertical-align:middle',
  numbers: `margin:8px 0 0;font-size:12px;color:${soft}`,
  summary: 'cursor:pointer',
  table: 'width:100%;border-collapse:collapse;margin:18px 0 0',
  small: 'width:100%;border-collapse:collapse;margin:6px 0 0;font-size:12px',
  th: `padding:0 0 6px 22px;font-size:12px;line-height:1.3;font-weight:500;color:${soft};vertical-align:bottom;border-bottom:1px solid ${rule}`,
  td: `padding:9px 0 9px 22px;font-size:14px;line-height:1.4;color:${ink};vertical-align:top;border-bottom:1px solid ${rule}`,
  smallTd: `padding:3px 0 3px 22px;font-size:12px;line-height:1.4;color:${soft};border-bottom:1px solid ${rule}`,
  group: `padding:20px 0 6px;font-size:13px;line-height:1.4;font-weight:600;color:${ink};text-align:left;border-bottom:1px solid ${rule}`,
  first: 'padding-left:0;width:100%;overflow-wrap:break-word',
  number: 'text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums',
  cellNote: `font-size:12px;line-height:1.4;color:${soft};overflow-wrap:break-word`,
  track: `margin:5px 0 1px;height:3px;max-width:220px;background:${rule};border-radius:2px;font-size:0;line-height:0`,
  fill: `height:3px;background:${LIGHT.tones.main};border-radius:2px;font-size:0;line-height:0`,
  footer: `margin:34px 0 0;font-size:12px;color:${soft}`,
} as const;

function colours({ paper, raised, ink, soft, rule, good, tones }: Palette): string {
  const important = (what: string, value: string) => `{${what}:${value}!important}`;
  const lines = [
    `.b${important('background', raised)}.p${important('background', paper)}.n${important('background', raised)}`,
    `.i${important('color', ink)}.o${important('color', soft)}.g${important('color', good)}.w${important('color', tones.bad)}`,
    `.r${important('border-color', rule)}.t${important('background', rule)}.m${important('background', tones.main)}`,
    `.s-soft${important('stroke', soft)}.s-rule${important('stroke', rule)}`,
    ...Object.entries(tones).flatMap(([tone, colour]) => [
      `.f-${tone}${important('fill', colour)}.s-${tone}${important('stroke', colour)}.k-${tone}${important('background', colour)}.l-${tone}${important('border-color', colour)}`,
    ]),
  ];
  return lines.join('');
}

/** The one style sheet: by night, on narrow screens and on paper. */
export const SHEET = `:root{color-scheme:light dark}@media (prefers-color-scheme:dark){${colours(DARK)}}@media (max-width:520px){.inside{padding:22px 16px!important}.frame{padding:0!important}.p{border-radius:0!important}.tile{width:50%!important}.headline{font-size:16px!important}.c{padding-left:10px!important}.c:first-child{padding-left:0!important}}@media print{.b{background:#fff!important}}`;
