// The page of another plugin: the blocks it gave, rendered here. When it gave none, this page alone says so.
/** @jsxImportSource hono/jsx */
import { Refusal } from '../api.ts';
import { shown } from '../job/shown.ts';
import type { Page } from '../layout.tsx';
import type { Visit } from '../visit.ts';
import { Blocks } from './blocks.tsx';

/** Throws `Refusal` when there is no such panel. */
export async function panelPage(visit: Visit, plugin: string, id: string): Promise<Page & { status?: number }> {
  const panel = await visit.api.panel(plugin, id).catch((error: unknown) => {
    if (error instanceof Refusal && error.code === 'INTERNAL') return error;
    throw error;
  });
  const known = visit.panels.find((one) => one.plugin === plugin && one.id === id);
  const title = shown(panel instanceof Refusal ? (known?.title ?? id) : panel.title, 100);
  return {
    title,
    ...(panel instanceof Refusal ? { status: panel.status } : { follows: {} }),
    children: (
      <article class="panel">
        <h1>{title}</h1>
        {panel instanceof Refusal ? (
          <p class="note bad" role="alert">
            The plugin could not render this page. See the server log; other pages are not affected.
          </p>
        ) : (
          <>
            {panel.blocks.length === 0 ? <p class="faint">Nothing to show.</p> : null}
            <Blocks visit={visit} stand={{ plugin, panel: id }} blocks={panel.blocks} />
          </>
        )}
      </article>
    ),
  };
}
