// Writes docs/routes.md: the routes of the HTTP API, from the description that a site gives of itself.
import { createJobs } from '@phraseworks/jobs';

const HEAD = `# Routes of the HTTP API

Every route below the mount point (\`/jobs\` by default), for looking up. It is generated from the API's own description by \`npm run reference\`: change that, not this page. A running site serves the description at \`/jobs/api/openapi.json\`, with the schema of each body, answer and type, and as a page at \`/jobs/api/docs\`. How to sign in, search and follow jobs: [HTTP API](api.md).

\`:name\` of a schedule is \`plugin/name\` for one of a plugin, and the name alone for one of the application.
`;

interface Parameter {
  name: string;
  in: string;
  description?: string;
}

interface Operation {
  operationId: string;
  summary: string;
  tags: readonly string[];
  'x-action'?: string;
  parameters?: readonly Parameter[];
  requestBody?: { content: Record<string, { schema: { $ref?: string } }> };
  responses: Record<string, { description: string }>;
}

interface OpenApi {
  tags: readonly { name: string }[];
  paths: Record<string, Record<string, Operation>>;
}

async function description(): Promise<OpenApi> {
  await using jobs = await createJobs({ database: 'sqlite::memory:', logLevel: 'silent', authorize: () => true });
  return (await (await jobs.routes.request('/api/openapi.json')).json()) as OpenApi;
}

function rowOf(path: string, method: string, operation: Operation): string {
  const route = `${method.toUpperCase()} ${path}`;
  const [status, answer] = Object.entries(operation.responses).find(([code]) => Number(code) < 400) ?? ['', undefined];
  const body = operation.requestBody?.content['application/json']?.schema.$ref?.split('/').at(-1);
  const cells = [
    `\`${route}\``,
    operation['x-action'] ? `\`${operation['x-action']}\`` : 'everybody',
    `${operation.summary}${body ? ` Body: \`${body}\`.` : ''}`,
    `${status} ${answer?.description ?? ''}`,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The parameters of the address, for routes that have some. */
function parametersOf(path: string, { parameters = [] }: Operation): string[] {
  const query = parameters.filter((one) => one.in === 'query');
  if (query.length === 0) return [];
  const listed = query.map(({ name, description }) => `  - \`${name}\`${description ? `: ${description}` : ''}`);
  return [`- \`${path}\``, ...listed];
}

/** The whole page. */
export async function routes(): Promise<string> {
  const { tags, paths } = await description();
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      // The same route once more, for `plugin/name` in place of `name`.
      .filter(([, { operationId }]) => !operationId.endsWith('OfPlugin'))
      .map(([method, operation]) => ({ path: path.replaceAll(/\{(\w+)\}/g, ':$1'), method, operation })),
  );
  const groups = tags.map(({ name }) => {
    const own = all.filter(({ operation }) => operation.tags.includes(name));
    const rows = own.map(({ path, method, operation }) => rowOf(path, method, operation));
    const parameters = own.flatMap(({ path, operation }) => parametersOf(path, operation));
    return [
      `## ${name}`,
      ['| route | for | does | answers |', '| --- | --- | --- | --- |', ...rows].join('\n'),
      ...(parameters.length > 0 ? ['In the address:', parameters.join('\n')] : []),
    ].join('\n\n');
  });
  return `${[HEAD.trimEnd(), ...groups].join('\n\n')}\n`;
}
