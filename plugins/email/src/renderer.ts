// Templates to HTML with Handlebars, which is loaded with the first mail that uses one.
import { MailError } from './mail-error.ts';
import type { Places } from './template-check.ts';
import { checkTemplate } from './template-check.ts';
import type { TemplateSource } from './template-source.ts';
import { NOT_PLAIN, plainVariables } from './variables.ts';

const MAX_HTML = 1_000_000;
const SAFE_LINK = /^(?:https?:\/\/|mailto:)[^\s\p{Cc}]+$/iu;
const OPTIONS = { strict: true, knownHelpersOnly: true, knownHelpers: { url: true } };

export interface Rendered {
  /** The template's own; undefined when it brings none. */
  subject: string | undefined;
  html: string;
}

export interface Renderer {
  /** Throws `MailError`: `UNKNOWN_TEMPLATE`, `MISSING_VARIABLE` (named), `TEMPLATE_ERROR`, `INVALID_MESSAGE`. */
  render(name: string, variables: Record<string, unknown>): Promise<Rendered>;
}

interface Compiled {
  html: (variables: unknown) => string;
  subject: ((variables: unknown) => string) | undefined;
  mistakes: string[];
  places: Places;
}

type Engine = Map<string, Compiled>;

/** The helper `{{url link}}`: the one way to put a variable into `href` or `src`. */
function url(value: unknown, name: unknown): string {
  const what = typeof name === 'string' ? `the variable "${name}"` : 'the argument of {{url}}';
  if (value === undefined || value === null) throw new MailError('MISSING_VARIABLE', `${what} is missing`);
  if (typeof value === 'string' && SAFE_LINK.test(value)) return value;
  throw new MailError('INVALID_MESSAGE', `${what} must be an http, https or mailto address`);
}

async function start(sources: ReadonlyMap<string, TemplateSource>): Promise<Engine> {
  const { default: Handlebars } = await import('handlebars');
  const handlebars = Handlebars.create();
  handlebars.registerHelper('url', url);

  function compile(source: TemplateSource): Compiled {
    try {
      const tree = handlebars.parse(source.body);
      const { mistakes, places } = checkTemplate(tree);
      const subject =
        source.subject === undefined ? undefined : handlebars.compile(source.subject, { ...OPTIONS, noEscape: true });
      return { html: handlebars.compile(tree, OPTIONS), subject, mistakes, places };
    } catch (error) {
      // A parse error: the text is the template author's own, its first line says where.
      const mistake = (error as Error).message.split('\n')[0] ?? 'is not a Handlebars template';
      return { html: () => '', subject: undefined, mistakes: [mistake], places: new Map() };
    }
  }

  const engine: Engine = new Map();
  for (const source of sources.values()) {
    const compiled = compile(source);
    engine.set(source.name, compiled);
    if (compiled.mistakes.length === 0) handlebars.registerPartial(source.name, compiled.html);
  }
  return engine;
}

/** What Handlebars or V8 said, in words that hold names from the template only and never a value. */
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
  const why = missing
    ? `uses "${missing[1] ?? missing[2]}", which is not there or has mistakes`
    : 'could not be rendered';
  return new MailError('TEMPLATE_ERROR', `${where} ${why}`);
}

export function createRenderer(sources: ReadonlyMap<string, TemplateSource>): Renderer {
  let loading: Promise<Engine> | undefined;

  return {
    async render(name, variables) {
      loading ??= start(sources);
      const engine = await loading;
      const template = sources.get(name)?.partial === false ? engine.get(name) : undefined;
      if (!template) throw new MailError('UNKNOWN_TEMPLATE', 'there is no template of this name');
      if (template.mistakes.length > 0) {
        throw new MailError('TEMPLATE_ERROR', `the template "${name}" has mistakes: ${template.mistakes.join('; ')}`);
      }
      const plain = plainVariables(variables);
      if (!plain) throw new MailError('INVALID_MESSAGE', `variables ${NOT_PLAIN}`);
      try {
        const html = template.html(plain);
        if (html.length > MAX_HTML)
          throw new MailError('INVALID_MESSAGE', `the mail has more than ${MAX_HTML} characters`);
        return { subject: template.subject?.(plain), html };
      } catch (error) {
        throw explain(error, name, engine);
      }
    },
  };
}
