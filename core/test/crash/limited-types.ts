// The types of the storm over limits.
import type { LimitRule } from '@phraseworks/sdk';

export const LIMITED: Record<string, LimitRule & { rate?: { n: number; per: number } }> = {
  together: { concurrency: 5 },
  rated: { rate: { n: 20, per: 1_000 } },
  tenants: { concurrency: 2, by: 'tenant' },
  ratedTenants: { concurrency: 3, rate: { n: 10, per: 1_000 }, by: 'tenant' },
};
