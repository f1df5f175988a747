// Campaigns: one mail to each of many recipients, as a batch of `email` jobs, each added exactly once.
import { type Block, block, fillBatch, type Job, type JobsApi, type Processor } from '@phraseworks/sdk';
import { z } from 'zod';
import { Address } from './address.ts';
import { type EmailData, letterOf } from './data.ts';
import type { TemplateSource } from './template-source.ts';

/** As many as fit into the data of a job, with room for their variables. */
const MOST = 5_000;

const Recipient = z.strictObject({
  to: Address.describe('One bare address such as ada@example.com.'),
  variables: z.record(z.string(), z.unknown()).optional().describe('Of this recipient; they win over those of all.'),
});

/** The data of a campaign, given the templates that are there. */
export const campaignData = (sources: ReadonlyMap<string, TemplateSource>) =>
  z.strictObject({
    name: z.string().min(1).max(190).describe('Of the batch, such as Newsletter of May.'),
    letter: letterOf(sources).describe('What each of them gets. Bulk mail unless it says transactional.'),
    recipients: z.array(Recipient).min(1).max(MOST).describe(`At most ${MOST}; each address gets one mail.`),
    priority: z.enum(['low', 'normal', 'high']).optional().describe('Of its mails; low by default.'),
  });

type Campaign = z.output<ReturnType<typeof campaignData>>;

export interface CampaignResult {
  /** The id of the batch. */
  batch: string;
  mails: number;
}

declare module '@phraseworks/sdk' {
  interface JobTypes {
    email_campaign: { data: ReturnType<typeof campaignData>; result: CampaignResult };
  }
}

export const campaignProcessor =
  (batches: Pick<JobsApi, 'addBatch' | 'getBatch'>): Processor<'email_campaign'> =>
  async ({ name, letter, recipients, priority = 'low' }, _id, _attempt, job) => {
    const each = new Map(recipients.map((one) => [one.to.toLowerCase(), one]));
    const mails = [...each.values()].map((one) => ({ type: 'email', data: mailTo(one, letter), priority }));
    return { success: true, result: { batch: await fillBatch(job, batches, { name }, mails), mails: mails.length } };
  };

const mailTo = ({ to, variables }: z.output<typeof Recipient>, letter: Campaign['letter']): EmailData => ({
  category: 'bulk',
  ...letter,
  ...(variables && { variables: { ...letter.variables, ...variables } }),
  to,
});

export const campaignSummary = ({ name, recipients }: { name: string; recipients: readonly unknown[] }): string =>
  `${name}: ${recipients.length} recipients`;

export const campaignView = ({ result }: Job<'email_campaign'>): Block[] =>
  result ? [block.stat('Mails', result.mails), block.link('How far it is', `/batch/${result.batch}`)] : [];
