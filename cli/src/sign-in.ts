// The plugin that signs users in, where the host does not.
import type { JobsConfig, JobsOptions } from '@phraseworks/jobs';

type Config = JobsConfig & Pick<JobsOptions, 'authorize'>;

/** Adds it to a configuration without `authorize` that does not name it. */
export function withSignIn<C extends Config>(config: C): C {
  const { plugins = {}, authorize } = config;
  // A wrong value is left to those who report it.
  if (authorize || typeof plugins !== 'object' || plugins === null || Array.isArray(plugins)) return config;
  return Object.hasOwn(plugins, 'sign-in') ? config : { ...config, plugins: { ...plugins, 'sign-in': true } };
}
