// The page of another plugin: the blocks it gave, rendered here.
/** @jsxImportSource hono/jsx */

import type { Page } from '../layout.tsx';
import type { Visit } from '../visit.ts';
import { Blocks } from './blocks.tsx';

export async function panelPage(visit: Visit, plugin: string, id: string): Promise<Page> {
  const panel = await visit.api.panel(plugin, id);
  return {
    title: panel.title,
    children: (
      <article class="panel">
        <h1>{panel.title}</h1>
        <Blocks visit={visit} panel={panel} blocks={panel.blocks} />
      </article>
    ),
  };
}
