// The tables of a report in HTML, and how a change is written.
import { escapeMarkup } from '@phraseworks/sdk';
import { drawSpark } from '@phraseworks/sdk/charts';
import { LIGHT } from '../chart/palette.ts';
import { sparkSvg } from '../chart/svg.ts';
import type { Cell, Change, Column, Table } from '../content/model.ts';
import { changeInWords } from '../content/words.ts';
import { breakable } from './markup.ts';
import { STYLE } from './style.ts';

const ARROWS = { up: '\u25b2', down: '\u25bc', same: '' } as const;
const COLOURS = { better: ['g', LIGHT.good], worse: ['w', LIGHT.tones.bad] } as const;

/** An arrow and a text; where it is good or bad, that word, too: nothing depends on the colour. */
export function changeLine(change: Change, wordy = false): string {
  const { text, direction, verdict } = change;
  const [name, colour] = verdict === null ? ['o', LIGHT.soft] : COLOURS[verdict];
  const arrow = direction === 'same' ? '' : `<span aria-hidden="true">${ARROWS[direction]}</span> `;
  const word = verdict === null || !wordy ? '' : `, ${verdict}`;
  const style = `${STYLE.change};color:${colour}`;
  return `<div class="${name}" style="${style}" title="${escapeMarkup(changeInWords(change))}">${arrow}${escapeMarkup(text)}${word}</div>`;
}

function cellHtml({ text, change, spark, share, note }: Cell, page: boolean, first: boolean): string {
  const parts = [first ? breakable(text) : escapeMarkup(text)];
  if (note !== undefined) parts.push(`<div class="o" style="${STYLE.cellNote}">${breakable(note)}</div>`);
  if (share !== undefined) {
    const width = Math.round(Math.min(1, Math.max(0.004, share)) * 1_000) / 10;
    parts.push(
      `<div class="t" style="${STYLE.track}"><div class="m" style="${STYLE.fill};width:${width}%"></div></div>`,
    );
  }
  if (spark !== undefined && page) parts.push(`<div style="margin:2px 0 0">${sparkSvg(drawSpark(spark), LIGHT)}</div>`);
  if (change !== undefined && change.text !== 'new') parts.push(changeLine(change, true));
  return parts.join('');
}

/** A number stays with its sign. */
const heading = (label: string): string => escapeMarkup(label).replaceAll(' %', '&nbsp;%');

/** `small`: the numbers of a chart. Sparklines are for pages: a mail would need a picture for each. */
export function tableHtml({ caption, columns, rows }: Table, small = false, page = false): string {
  const cell = small ? STYLE.smallTd : STYLE.td;
  const way = ({ align }: Column, index: number) =>
    `${index === 0 ? `;${STYLE.first}` : ''}${align === 'right' ? `;${STYLE.number}` : `;text-align:left${index === 0 ? '' : ';white-space:nowrap'}`}`;
  // Headings may break, numbers may not.
  const head = columns.map(
    (column, index) =>
      `<th scope="col" class="c o r" style="${STYLE.th}${way(column, index)};white-space:normal">${heading(column.label)}</th>`,
  );
  const body = rows.map((row) => {
    if (row[0]?.heading) {
      return `<tr><th scope="rowgroup" colspan="${columns.length}" class="i r" style="${STYLE.group}">${escapeMarkup(row[0].text)}</th></tr>`;
    }
    const cells = columns.map((column, index) => {
      const one = row[index] ?? { text: '' };
      const shown = cellHtml(one, page, index === 0);
      const style = `${cell}${way(column, index)}`;
      // Nothing to see there: the others stand out.
      const nothing = one.value === 0 && one.change === undefined;
      const name = small || nothing ? 'c o r' : 'c i r';
      return index === 0
        ? `<th scope="row" class="${name}" style="${style};font-weight:${small ? '400' : '500'}">${shown}</th>`
        : `<td class="${name}" style="${style}${nothing ? `;color:${LIGHT.soft}` : ''}">${shown}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<table aria-label="${escapeMarkup(caption)}" cellspacing="0" cellpadding="0" style="${small ? STYLE.small : STYLE.table}"><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}
