// The plugins: which are on, why one is not, what they do, and what waits for them.
/** @jsxImportSource hono/jsx */
import type { PluginEntry } from '../api.ts';
import { shown } from '../job/shown.ts';
import type { Page } from '../layout.tsx';
import { titleOf } from '../plugin/effects.ts';
import { ShortFacts } from '../plugin/facts.tsx';
import { NameAndVersion, pluginPath, SwitchLink } from '../plugin/head.tsx';
import { StateMark } from '../state.tsx';
import type { Visit } from '../visit.ts';

export async function pluginsPage(visit: Visit): Promise<Page> {
  const { plugins } = await visit.api.plugins();
  return {
    title: 'Plugins',
    follows: {},
    children: (
      <>
        <h1>Plugins</h1>
        <div class="plugins">
          {plugins.map((plugin) => (
            <Plugin visit={visit} plugin={plugin} />
          ))}
        </div>
      </>
    ),
  };
}

function Plugin({ visit, plugin }: { visit: Visit; plugin: PluginEntry }) {
  const { name, state, reason, description } = plugin;
  const at = visit.to(pluginPath(name));
  return (
    <article class={`plugin ${state}`} id={`plugin-${name}`} aria-label={titleOf(plugin)}>
      <header>
        <h2>
          <a href={at}>
            <NameAndVersion plugin={plugin} />
          </a>
        </h2>
        <StateMark state={state} />
      </header>
      {description === null ? null : <p>{description}</p>}
      {reason === null ? null : <p class="reason">{shown(reason)}</p>}
      <ShortFacts visit={visit} plugin={plugin} />
      <div class="buttons">
        <a class="button" href={at}>
          Settings
        </a>
        <SwitchLink visit={visit} plugin={plugin} />
      </div>
    </article>
  );
}
