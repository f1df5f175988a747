// The environment: the only file that reads process.env. Others receive it, so that tests can pass their own.

export type Env = Readonly<Record<string, string | undefined>>;

export const systemEnv = (): Env => process.env;

export interface EnvSetting {
  /** The variable: `JOBS_EMAIL__TRANSPORT__HOST`. */
  variable: string;
  /** `['TRANSPORT', 'HOST']`. */
  path: readonly string[];
  text: string;
}

/** The settings in `JOBS_<PLUGIN>__<FIELD>`, sorted by name; another `__` separates nested fields. Empty variables count as unset. */
export function pluginSettings(env: Env, plugin: string): EnvSetting[] {
  const prefix = `JOBS_${plugin.toUpperCase().replaceAll('-', '_')}__`;
  return Object.keys(env)
    .filter((variable) => variable.startsWith(prefix) && variable.length > prefix.length)
    .sort()
    .flatMap((variable) => {
      const text = env[variable];
      return text ? [{ variable, path: variable.slice(prefix.length).split('__'), text }] : [];
    });
}
