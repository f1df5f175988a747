// Renders templates with Handlebars, loaded with the first mail that uses one.

import { NOT_PLAIN, plainVariables } from './data.ts';
import { MailError } from './mail-error.ts';
import { checkTemplate, type Places } from './template-check.ts';
import type { TemplateSource } from './template-source.ts';

const MAX_HTML = 1_000_000;
const SAFE_LINK = /^(?:https?:\/\/|mailto:)[^\s\p{Cc}]+$/iu;
const OPTIONS = { strict: true, knownHelpersOnly: true, knownHelpers: { url: true } };

export interface Rendered {
  /** The template's own; undefined when it brings none. */
  subject: string | undefined;
  html: string;
  /** The template's own; undefined when the HTML is all there is. */
  text: string | undefined;
}

export type Renderer = ReturnType<typeof createRenderer>;

type Print = (variables: unknown) => string;

interface Compiled {
  html: Print;
  subject: Print | undefined;
  text: Print | undefined;
  mistakes: string[];
  places: Places;
  uses: ReadonlySet<string>;
}

type Engine = Map<string, Compiled>;

/** The helper `{{url link}}`, for variables in `href` and `src`. */
function url(value: unknown, name: unknown): string {
  const what = typeof name === 'string' ? `the variable "${name}"` : 'the argument of {{url}}';
  if (value === undefined || value === null) throw new MailError('MISSING_VARIABLE', `${what} is missing`);
  if (typeof value === 'string' && SAFE_LINK.test(value)) return value;
  throw new MailError('INVALID_MESSAGE', `${what} must be an http, https or mailto address`);
}

/** A template that uses one with mistakes has one itself: a layout that is not there would else leave its content bare. */
function spreadMistakes(engine: Engine): void {
  const isBroken = (name: string) => (engine.get(name)?.mistakes.length ?? 1) > 0;
  for (let changed = true; changed; ) {
    changed = false;
    for (const one of engine.values()) {
      const broken = [...one.uses].find(isBroken);
      if (broken === undefined || one.mistakes.length > 0) continue;
      one.mistakes.push(`uses "${broken}", which is missing or has errors`);
      changed = true;
    }
  }
}

async function start(sources: ReadonlyMap<string, TemplateSource>): Promise<Engine> {
  const { default: Handlebars } = await import('handlebars');
  const handlebars = Handlebars.create();
  handlebars.registerHelper('url', url);
  const plain = (text: string | undefined): Print | undefined => {
    if (text === undefined) return undefined;
    // Compiled later, a mistake would come with the first mail and not with the others of this template.
    handlebars.precompile(text, { ...OPTIONS, noEscape: true });
    return handlebars.compile(text, { ...OPTIONS, noEscape: true });
  };

  function compile(source: TemplateSource): Compiled {
    try {
      const tree = handlebars.parse(source.body);
      const checked = checkTemplate(Handlebars, tree);
      return {
        html: handlebars.compile(tree, OPTIONS),
        subject: plain(source.subject),
        text: plain(source.text),
        ...checked,
      };
    } catch (error) {
      // A parse error: the text is the template author's own, its first line says where.
      const mistake = (error as Error).message.split('\n')[0] ?? 'is not a Handlebars template';
      return {
        html: () => '',
        subject: undefined,
        text: undefined,
        mistakes: [mistake],
        places: new Map(),
        uses: new Set(),
      };
    }
  }

  const engine: Engine = new Map([...sources].map(([name, source]) => [name, compile(source)]));
  spreadMistakes(engine);
  for (const [name, { html, mistakes }] of engine) if (mistakes.length === 0) handlebars.registerPartial(name, html);
  return engine;
}

/** Rewrites errors of Handlebars and V8 so that they contain names from the template, never values. */
function explain(error: unknown, name: string, engine: Engine): MailError {
  const where = `the template "${name}"`;
  if (error instanceof MailError) return new MailError(error.code, `${where}: ${error.message}`);
  const { message = '', lineNumber, column } = error as { message?: string; lineNumber?: number; column?: number };
  const last = /^"(.+)" not defined in /.exec(message)?.[1];
  if (last !== undefined) {
    const paths = [engine.get(name), ...engine.values()].map((one) => one?.places.get(`${lineNumber}:${column}`));
    const path = paths.find((one) => one === last || one?.endsWith(`.${last}`)) ?? last;
    return new MailError('MISSING_VARIABLE', `${where} needs the variable "${path}"`);
  }
  const part = /\(reading '([^']+)'\)$|^Cannot use 'in' operator to search for '([^']+)'/.exec(message);
  if (error instanceof TypeError && part) {
    const property = part[1] ?? part[2];
    return new MailError('MISSING_VARIABLE', `${where} needs the variable "${property}", or the object that holds it`);
  }
  const missing = /unknown helper (\S+)|^The partial (\S+) could not be found/.exec(message);
  const why = missing ? `uses "${missing[1] ?? missing[2]}", which is missing or has errors` : 'could not be rendered';
  return new MailError('TEMPLATE_ERROR', `${where} ${why}`);
}

export function createRenderer(sources: ReadonlyMap<string, TemplateSource>) {
  let loading: Promise<Engine> | undefined;
  const load = () => {
    loading ??= start(sources);
    return loading;
  };

  return {
    /** The errors of templates and partials, by name. */
    async mistakes(): Promise<ReadonlyMap<string, readonly string[]>> {
      const wrong = [...(await load())].filter(([, { mistakes }]) => mistakes.length > 0);
      return new Map(wrong.map(([name, { mistakes }]) => [name, mistakes]));
    },

    /** Throws `MailError`: `UNKNOWN_TEMPLATE`, `MISSING_VARIABLE` (named), `TEMPLATE_ERROR`, `INVALID_MESSAGE`. */
    async render(name: string, variables: Record<string, unknown>): Promise<Rendered> {
      const engine = await load();
      const template = sources.get(name)?.partial === false ? engine.get(name) : undefined;
      if (!template) throw new MailError('UNKNOWN_TEMPLATE', 'there is no template of this name');
      if (template.mistakes.length > 0) {
        throw new MailError('TEMPLATE_ERROR', `the template "${name}" has errors: ${template.mistakes.join('; ')}`);
      }
      const plain = plainVariables(variables);
      if (!plain) throw new MailError('INVALID_MESSAGE', `variables ${NOT_PLAIN}`);
      try {
        const html = template.html(plain).trimStart();
        if (html.length > MAX_HTML)
          throw new MailError('INVALID_MESSAGE', `the mail has more than ${MAX_HTML} characters`);
        return { subject: template.subject?.(plain), html, text: template.text?.(plain) };
      } catch (error) {
        throw explain(error, name, engine);
      }
    },
  };
}
