// The page of another plugin: the blocks it gave, rendered here.
import { Blocks } from '../blocks.tsx';
import type { Page } from '../layout.tsx';
import type { Visit } from '../visit.ts';

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
