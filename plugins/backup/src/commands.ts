// The plugin's commands: `backup`, `backups` and `restore`. They work in their own process, whether the site runs or not.
import { stat } from 'node:fs/promises';
import { type CommandIo, JobsError, type PluginCommand, parse, readableBytes } from '@phraseworks/sdk';
import { runBackup } from './backup.ts';
import { type BackupData, backupData, type RestoreResult } from './data.ts';
import { wordsOf } from './manifest.ts';
import { isBackupId, readArchiveName } from './names.ts';
import type { MayReplace } from './place-files.ts';
import { restoreBackup } from './restore.ts';
import { reconcile } from './scan.ts';
import { listed, stateWords } from './state.ts';
import { checkBackup } from './stored-backup.ts';
import { archivesIn, fileTarget, type Target } from './target.ts';
import type { Running, Tools } from './tools.ts';
import { handOwner } from './work.ts';

const USAGE_ERROR = 2;

const runningOf = (io: CommandIo): Running => ({
  owner: handOwner(),
  signal: io.signal,
  progress: (fraction, message) => io.progress(fraction, message),
  log: { info: (...words) => io.err(words.join(' ')), warn: (...words) => io.err(words.join(' ')) },
});

const say = (io: CommandIo, document: object, lines: readonly string[]): void => {
  if (io.json) io.out(JSON.stringify(document));
  else for (const line of lines) io.out(line);
};

const minute = (iso: string | null): string | undefined => iso?.slice(0, 16).replace('T', ' ');
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

function backupCommand(tools: Tools): PluginCommand {
  return {
    name: 'backup',
    summary: 'back up databases and files now, and verify the backup',
    usage: '[--type database|files|full] [--retention "30 days"]',
    options: {
      type: { type: 'string', description: 'what to back up; full by default' },
      retention: { type: 'string', description: 'older backups of this type are deleted afterwards' },
    },
    run: async (args, io) => {
      const { type = 'full', retention } = args.options;
      const data = await parse<BackupData>(backupData(tools.config), { type, retention }, '--');
      if (!data.ok) {
        const words = data.errors.map(({ path, message }) => `${path.replace('--.', '--')} ${message}`);
        throw new JobsError('INVALID_DATA', words.join('; '));
      }
      const result = await runBackup(data.value, tools, runningOf(io));
      say(io, result, [
        `${result.file}  ${readableBytes(result.bytes)}, ${result.rows} rows, ${result.files} files, ${seconds(result.durationMs)}`,
        `in ${result.target}`,
        `sha-256 ${result.sha256}`,
        stateWords(result),
        ...result.missing.map((item) => `missing: ${wordsOf(item)}`),
        ...result.notes.map((note) => `note: ${note}`),
        ...result.deleted.map((file) => `deleted ${file}`),
      ]);
      return result.state === 'incomplete' ? 1 : 0;
    },
  };
}

function backupsCommand(site: Tools): PluginCommand {
  return {
    name: 'backups',
    summary: 'list the backups',
    usage: '[--folder DIR]',
    withoutDatabase: true,
    options: {
      folder: { type: 'string', description: 'look for archives in this folder instead of the configured place' },
    },
    run: async ({ options: { folder } }, io) => {
      const tools = inFolder(site, folder);
      const all = (await reconcile(tools, io.signal)).map((row) => listed(row, tools.clock));
      const line = (cells: readonly string[]) =>
        `${cells[0]?.padEnd(12)}${cells[1]?.padEnd(10)}${cells[2]?.padEnd(12)}${cells[3]?.padStart(9)}  ${cells[4]?.padEnd(21)}${cells[5]}`.trimEnd();
      const rows = all.map(({ id, type, state, bytes, madeAt, restoreTested, reason }) =>
        line([
          id,
          type,
          state,
          readableBytes(bytes),
          minute(madeAt) ?? 'unknown',
          `${minute(restoreTested) ?? 'never'}${reason ? `  ${reason}` : ''}`,
        ]),
      );
      say(
        io,
        { target: tools.target.name, backups: all },
        all.length === 0
          ? [`No backups in ${tools.target.name}.`]
          : [line(['ID', 'WHAT', 'STATE', 'SIZE', 'MADE (UTC)', 'RESTORE TESTED (UTC)']), ...rows],
      );
      return 0;
    },
  };
}

/** Reads archives from another place, and never writes to the table. */
function elsewhere(tools: Tools, target: Target): Tools {
  const nothing = async (): Promise<void> => {};
  // A row that says `writing` has no archive yet; a restored database has such a row for its own backup.
  const all = async () => (await tools.runs.all()).filter(({ state }) => state !== 'writing');
  const runs = { ...tools.runs, all, insert: nothing, update: nothing, remove: nothing, forget: nothing };
  return { ...tools, target, runs };
}

/** `folder`: of the option `--folder`; without it, the configured place. */
const inFolder = (site: Tools, folder: unknown): Tools =>
  folder === undefined ? site : elsewhere(site, archivesIn(site.storage.open('backups', { folder: String(folder) })));

/** A backup by its id or its file's name, or an archive by its path. */
async function locate(
  name: string,
  folder: unknown,
  site: Tools,
  io: CommandIo,
): Promise<{ id: string; tools: Tools }> {
  const tools = inFolder(site, folder);
  const isFile = (await stat(name).catch(() => null))?.isFile() ?? false;
  if (isBackupId(name) || !isFile) return { id: readArchiveName(name)?.id ?? name, tools };
  const alone = elsewhere(site, fileTarget(name));
  const [row] = await reconcile(alone, io.signal);
  return { id: row?.id ?? '', tools: alone };
}

const NOT_RECORDED =
  'note: this site has no record of making this archive. It matches its own manifest, but only you can tell whether it is yours';

const restoredLines = ({ part, to, rows, files, kept = [] }: RestoreResult['restored'][number]): string[] => [
  `restored ${part} into ${to}: ${rows === undefined ? `${files} files` : `${rows} rows, compared`}`,
  ...kept.map((path) => `kept the previous data as ${path}: move it back to undo this, or remove it`),
];

function restoreCommand(site: Tools): PluginCommand {
  return {
    name: 'restore',
    summary: 'restore a backup into a database or a folder, or verify it',
    usage:
      'ID|NAME|FILE --to sqlite:PATH|mysql://...|postgresql://...|FOLDER [--part NAME] [--folder DIR]\nID|NAME|FILE --verify [--folder DIR]',
    withoutDatabase: true,
    options: {
      to: {
        type: 'string',
        description: 'where to: an SQLite file, a new database of a server, or a folder for the files',
      },
      part: { type: 'string', description: 'which database, if the backup has several' },
      folder: { type: 'string', description: 'look for archives in this folder instead of the configured place' },
      verify: { type: 'boolean', description: 'restore into a temporary copy, and compare' },
      yes: {
        type: 'boolean',
        short: 'y',
        description: 'replace the data at the target; the old data is kept beside it',
      },
    },
    run: async ({ positionals: [name, ...more], options: { to, part, folder, verify, yes } }, io) => {
      if (name === undefined || more.length > 0 || (to === undefined) === (verify === undefined || verify === false)) {
        const message =
          'restore takes one ID, NAME or FILE, and either --to or --verify: see phraseworks-jobs restore --help and phraseworks-jobs backups.';
        io.err(message);
        if (io.json) io.out(JSON.stringify({ error: { code: 'USAGE', message } }));
        return USAGE_ERROR;
      }
      const { id, tools } = await locate(name, folder, site, io);
      if (to === undefined) {
        const result = await checkBackup(id, tools, runningOf(io));
        say(io, result, [
          `${result.file}  ${result.rows} rows, ${result.files} files, ${seconds(result.durationMs)}`,
          stateWords(result),
          ...(result.recorded ? [] : [NOT_RECORDED]),
        ]);
        return result.verified ? 0 : 1;
      }
      const mayReplace: MayReplace = async (what = 'The data at the target will be replaced') => {
        if (yes === true) {
          if (!io.json) io.err(what);
          return true;
        }
        return io.isTerminal && !io.json && io.confirm(`${what}. Continue?`);
      };
      const options = { to: String(to), part: part === undefined ? undefined : String(part), mayReplace };
      const result = await restoreBackup(id, options, tools, runningOf(io));
      say(io, result, [...result.restored.flatMap(restoredLines), ...(result.recorded ? [] : [NOT_RECORDED])]);
      return 0;
    },
  };
}

export const commandsOf = (tools: Tools): PluginCommand[] => [
  backupCommand(tools),
  backupsCommand(tools),
  restoreCommand(tools),
];
