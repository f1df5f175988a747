// What the job has done once and will not do again.
/** @jsxImportSource hono/jsx */
import type { Receipt } from '@phraseworks/sdk';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';
import { number } from '../wording.ts';
import { shown } from './shown.ts';

const RECEIPT_STATES = { pending: 'in progress', done: 'done', uncertain: 'uncertain' };

const SHOWN = 100;

export function Receipts({ visit, receipts }: { visit: Visit; receipts: readonly Receipt[] }) {
  if (receipts.length === 0) return null;
  return (
    <details class="receipts" id="receipts" open={receipts.some(({ state }) => state !== 'done')}>
      <summary>
        <h2>Steps done once</h2> <span class="faint">{number(receipts.length)}</span>
      </summary>
      <p class="faint">A retry skips those that are done.</p>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">State</th>
            <th scope="col" class="number">
              Attempt
            </th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          {receipts.slice(0, SHOWN).map(({ key, state, attempt, at }) => (
            <tr>
              <td data-label="Step">
                <code>{shown(key, 191)}</code>
              </td>
              <td data-label="State">{RECEIPT_STATES[state]}</td>
              <td data-label="Attempt" class="number">
                {attempt}
              </td>
              <td data-label="When">
                <When at={at} now={visit.now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {receipts.length > SHOWN ? <p class="faint">{`${number(receipts.length - SHOWN)} more not shown.`}</p> : null}
    </details>
  );
}
