// What the job has done once and will not do again.
/** @jsxImportSource hono/jsx */
import type { Receipt } from '@phraseworks/sdk';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';
import { shown } from './shown.ts';

const SHOWN = 100;

export function Receipts({ visit, receipts }: { visit: Visit; receipts: readonly Receipt[] }) {
  if (receipts.length === 0) return null;
  const { job, panel } = visit.words;
  const columns = job.receiptColumns;
  return (
    <details class="receipts" id="receipts" open={receipts.some(({ state }) => state !== 'done')}>
      <summary>
        <h2>{job.receipts}</h2> <span class="faint">{receipts.length.toLocaleString('en')}</span>
      </summary>
      <p class="faint">{job.receiptsHelp}</p>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">{columns.key}</th>
            <th scope="col">{columns.state}</th>
            <th scope="col" class="number">
              {columns.attempt}
            </th>
            <th scope="col">{columns.at}</th>
          </tr>
        </thead>
        <tbody>
          {receipts.slice(0, SHOWN).map(({ key, state, attempt, at }) => (
            <tr>
              <td data-label={columns.key}>
                <code>{shown(key, 191)}</code>
              </td>
              <td data-label={columns.state}>{job.receipt[state]}</td>
              <td data-label={columns.attempt} class="number">
                {attempt}
              </td>
              <td data-label={columns.at}>
                <When at={at} now={visit.now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {receipts.length > SHOWN ? <p class="faint">{panel.more(receipts.length - SHOWN)}</p> : null}
    </details>
  );
}
