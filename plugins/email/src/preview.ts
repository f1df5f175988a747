// Renders a template with its sample data.
import { JobsError } from '@phraseworks/sdk';
import { MailError } from './mail-error.ts';
import { textOf } from './message.ts';
import type { Renderer } from './renderer.ts';
import type { TemplateSource } from './template-source.ts';

export interface Preview {
  name: string;
  subject: string;
  html: string;
  text: string;
}

export type Previews = ReturnType<typeof createPreviews>;

interface PreviewParts {
  sources: ReadonlyMap<string, TemplateSource>;
  renderer: Renderer;
  /** Available in every template. */
  variables: Record<string, unknown>;
}

const wrong = (message: string): JobsError => new JobsError('INVALID_DATA', message);

function sampleOf({ name, sample }: TemplateSource): Record<string, unknown> {
  if (sample === undefined) return {};
  try {
    const value: unknown = JSON.parse(sample);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Reported below without the parser's message.
  }
  throw wrong(`The sample ${name}.json is not a JSON object.`);
}

export function createPreviews({ sources, renderer, variables }: PreviewParts) {
  return {
    async list() {
      const mistakes = await renderer.mistakes();
      return [...sources.values()]
        .filter((source) => !source.partial)
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, subject, layout, sample }) => ({
          name,
          subject: subject ?? null,
          layout: layout ?? null,
          /** It has its own sample. */
          sample: sample !== undefined,
          mistakes: mistakes.get(name) ?? [],
        }));
    },

    /** Throws `NOT_FOUND`, and `INVALID_DATA` with what is wrong with the template or its sample. */
    async show(name: string): Promise<Preview> {
      const source = sources.get(name);
      if (!source || source.partial) throw new JobsError('NOT_FOUND', 'There is no template of this name.');
      try {
        const { subject, html, text } = await renderer.render(name, { ...variables, ...sampleOf(source) });
        return { name, subject: subject ?? '(no subject)', html, text: text ?? (await textOf(html)) };
      } catch (error) {
        if (!(error instanceof MailError)) throw error;
        const hint = error.code === 'MISSING_VARIABLE' ? `; put it into ${name}.json beside the template` : '';
        throw wrong(`${error.message}${hint}`);
      }
    },
  };
}
