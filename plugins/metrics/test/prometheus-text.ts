// Reads the text format of Prometheus as strictly as a scraper does; throws at the first line that is wrong.

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface ReadFamily {
  type: string;
  help: string;
  samples: Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;
const SUFFIXES: Record<string, readonly string[]> = { histogram: ['_bucket', '_sum', '_count'] };

export function readExposition(text: string): Map<string, ReadFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, ReadFamily>();
  const seen = new Set<string>();
  let current = '';
  for (const line of text.split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      if (!NAME.test(name) || families.has(name)) throw new Error(`wrong or repeated family: ${line}`);
      families.set(name, { help: rest, type: '', samples: [] });
      current = name;
    } else if (kind === 'TYPE') {
      const family = families.get(name);
      if (!family || name !== current) throw new Error(`a type without its help: ${line}`);
      family.type = rest;
    } else if (line !== '') {
      const sample = sampleIn(line);
      const family = families.get(current);
      const names = (SUFFIXES[family?.type ?? ''] ?? ['']).map((suffix) => current + suffix);
      if (!family || !names.includes(sample.name)) throw new Error(`a sample outside its family: ${line}`);
      const key = line.slice(0, line.lastIndexOf(' '));
      if (seen.has(key)) throw new Error(`twice: ${line}`);
      seen.add(key);
      family.samples.push(sample);
    }
  }
  return families;
}

function sampleIn(line: string): Sample {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
  if (name === '' || Number.isNaN(Number(value))) throw new Error(`no sample: ${line}`);
  const found: Record<string, string> = {};
  LABEL.lastIndex = 0;
  for (let at = 0; at < labels.length; at = LABEL.lastIndex) {
    const [, key = '', text = ''] = LABEL.exec(labels) ?? [];
    if (key === '' || Object.hasOwn(found, key)) throw new Error(`wrong or repeated label: ${line}`);
    found[key] = text.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
  }
  return { name, labels: found, value: Number(value) };
}
