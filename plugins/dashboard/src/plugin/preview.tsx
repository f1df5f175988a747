// What switching a plugin, or new settings, would do: shown before it is done, with the form that does it.
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import type { PluginEntry } from '../api.ts';
import type { Page } from '../layout.tsx';
import type { Visit } from '../visit.ts';
import { type Effects, titleOf } from './effects.ts';
import { Routes } from './facts.tsx';
import { pluginPath, type Switch } from './head.tsx';

interface PreviewProps {
  visit: Visit;
  plugin: PluginEntry;
  effects: Effects;
}

export function switchPreview(props: PreviewProps, step: Switch): Page {
  const { visit, plugin } = props;
  const words = visit.words.plugins;
  const title = step === 'enable' ? words.enableTitle(titleOf(plugin)) : words.disableTitle(titleOf(plugin));
  return {
    title,
    children: (
      <article class="preview">
        <h1>{title}</h1>
        <h2>{words.effects}</h2>
        {step === 'enable' ? <WhenOn {...props} /> : <WhenOff {...props} />}
        <form method="post" action={visit.to(pluginPath(plugin.name))}>
          {step === 'disable' ? <HowToEnd {...props} /> : null}
          <div class="buttons">
            <button type="submit" name="do" value={step} class="primary">
              {step === 'enable' ? words.yesEnable : words.yesDisable}
            </button>
            <a class="button" href={visit.to(pluginPath(plugin.name))}>
              {words.back}
            </a>
          </div>
        </form>
      </article>
    ),
  };
}

function WhenOn({ visit, plugin, effects }: PreviewProps) {
  const words = visit.words.plugins;
  return (
    <ul class="effects">
      <Named text={words.typesRun} names={plugin.types} />
      <li>{words.unparked(plugin.parkedJobs)}</li>
      <Named text={words.waitingFor} names={effects.waitingFor} />
      <Named text={words.blocked} names={effects.missing} />
    </ul>
  );
}

function WhenOff({ visit, plugin, effects }: PreviewProps) {
  const words = visit.words.plugins;
  const panels = visit.panels.filter((panel) => panel.plugin === plugin.name).map((panel) => panel.title);
  return (
    <ul class="effects">
      <li>
        {plugin.onJobs === 'cancel' ? words.cancelled(effects.waiting) : words.parked(effects.waiting)}
        <Types {...{ visit, effects }} />
      </li>
      <Named text={words.schedulesWait} names={plugin.schedules} none={words.schedulesNone} />
      {effects.dependants.length + effects.without.length === 0 ? <li>{words.noDependants}</li> : null}
      <Named text={words.dependants} names={effects.dependants} />
      <Named text={words.without} names={effects.without} />
      <Named text={words.panelsGo} names={panels} />
      <Named text={words.commandsGo} names={plugin.commands} />
      <li>
        {words.routesGo(plugin.routes.length)}
        {plugin.routes.length === 0 ? null : <Routes routes={plugin.routes} />}
      </li>
    </ul>
  );
}

function Types({ visit, effects: { types } }: Pick<PreviewProps, 'visit' | 'effects'>) {
  const { plugins: words } = visit.words;
  return types.length === 0 ? null : (
    <ul>
      {types.map(({ type, waiting }) => (
        <li>
          <a href={visit.to('/', { type, status: 'pending' })}>{type}</a>: {words.waiting(waiting)}
        </li>
      ))}
    </ul>
  );
}

function HowToEnd({ visit, effects }: PreviewProps) {
  const words = visit.words.plugins;
  return (
    <fieldset class="field">
      <legend>{words.running}</legend>
      <p>{words.runningOf(effects.running)}</p>
      {(['drain', 'abort'] as const).map((way) => (
        <label class="way">
          <input type="radio" name="running" value={way} checked={way === 'drain'} /> {words[way]}
        </label>
      ))}
      <small class="hint">{words.noAttempt}</small>
    </fieldset>
  );
}

interface NamedProps {
  text: string;
  names: readonly string[];
  /** Said where there are none. */
  none?: string;
}

/** A sentence and the names it is about. */
export function Named({ text, names, none }: NamedProps): Child {
  if (names.length === 0) return none === undefined ? null : <li>{none}</li>;
  return (
    <li>
      {text} <b>{names.join(', ')}</b>
    </li>
  );
}
