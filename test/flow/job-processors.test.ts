// "Job Processors": the specification's own processor, and its two built-in ones next to the shipped ones.
import { addJob, getJobStatus, handleError, type Processor, registerProcessor } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { openSpecSite } from '../support/spec-site.ts';

/** What a `catch` of the specification holds. */
type Thrown = Error & { code?: string };

interface CustomData {
  requiredField?: string;
  fatal?: boolean;
}

const performCustomOperation = async (data: CustomData): Promise<string> => {
  if (data.fatal) throw Object.assign(new Error('cannot be done'), { code: 'FATAL_ERROR' });
  return `done with ${data.requiredField}`;
};

const processCustomJob: Processor = async (jobData, jobId) => {
  try {
    // Validate job data
    if (!jobData.requiredField) {
      throw new Error('Missing required field');
    }

    // Perform the actual work
    const result = await performCustomOperation(jobData);

    // Return success result
    return { success: true, result: result, message: 'Custom job completed successfully' };
  } catch (caught) {
    const error = caught as Thrown;
    // Log error with context
    await handleError(error, 'CustomJobProcessor.processCustomJob', { additionalData: { jobId, jobData } });

    // Return error result
    return {
      success: false,
      error: error.message,
      retryable: error.code !== 'FATAL_ERROR', // Determine if job should be retried
    };
  }
};

test('the custom processor returns its result and message', async () => {
  await using jobs = await createTestJobs({ default: true });
  registerProcessor('custom', processCustomJob);
  const { id } = await addJob({ type: 'custom', data: { requiredField: 'x' } });
  await jobs.idle();
  expect(await getJobStatus(id)).toMatchObject({
    status: 'completed',
    result: 'done with x',
    message: 'Custom job completed successfully',
  });
});

test('its failure is logged with context, retried while retries remain, and ends with the error', async () => {
  await using jobs = await createTestJobs({ default: true });
  const told: unknown[] = [];
  jobs.addAction('error', ({ context, jobId }) => void told.push([context, jobId]));
  registerProcessor('custom', processCustomJob);
  const { id } = await addJob({ type: 'custom', data: {}, maxRetries: 1 });
  await jobs.idle();
  expect(await getJobStatus(id)).toMatchObject({ status: 'pending', attempt: 1, error: 'Missing required field' });
  await jobs.advance(5_000);

  expect(await getJobStatus(id)).toMatchObject({ status: 'failed', attempt: 2, error: 'Missing required field' });
  expect(told).toEqual(Array(2).fill(['CustomJobProcessor.processCustomJob', id]));
  const lines = await jobs.getJobLogs(id);
  expect(lines.filter(({ level }) => level === 'error').map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(lines[0]?.message).toContain('CustomJobProcessor.processCustomJob: Missing required field');
});

test('a fatal error ends the job after its first attempt', async () => {
  await using jobs = await createTestJobs({ default: true });
  registerProcessor('custom', processCustomJob);
  const { id } = await addJob({ type: 'custom', data: { requiredField: 'x', fatal: true } });
  await jobs.idle();
  expect(await getJobStatus(id)).toMatchObject({ status: 'failed', attempt: 1, error: 'cannot be done' });
});

interface EmailData {
  to: string;
  subject: string;
  template: string;
  variables: Record<string, string>;
}

test('the email processor of the specification and the shipped one return the same', async () => {
  const sent: string[] = [];
  const renderTemplate = async (template: string, variables: Record<string, string>) =>
    `${template}: ${variables.userName}`;
  const sendEmail = async (to: string, subject: string, content: string) => {
    if (!to.includes('@')) throw Object.assign(new Error('Invalid email address'), { code: 'INVALID_EMAIL' });
    sent.push(`${to} ${subject} ${content}`);
  };

  const processEmailJob: Processor = async (jobData) => {
    const { to, subject, template, variables } = jobData as EmailData;

    try {
      const emailContent = await renderTemplate(template, variables);
      await sendEmail(to, subject, emailContent);

      return { success: true, message: `Email sent to ${to}`, deliveredAt: new Date().toISOString() };
    } catch (caught) {
      const error = caught as Thrown;
      return { success: false, error: error.message, retryable: error.code !== 'INVALID_EMAIL' };
    }
  };

  await using site = await openSpecSite();
  registerProcessor('printed', processEmailJob);
  const data = { to: 'user@example.com', subject: 'Hi', template: 'welcome', variables: { userName: 'Jo' } };
  const printed = await addJob({ type: 'printed', data });
  const shipped = await addJob({ type: 'email', data });
  const wrong = await addJob({ type: 'printed', data: { ...data, to: 'nobody' } });
  await site.idle();

  for (const { id } of [printed, shipped]) {
    expect(await getJobStatus(id)).toMatchObject({
      status: 'completed',
      message: 'Email sent to user@example.com',
      result: { deliveredAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) },
    });
  }
  expect(sent).toEqual(['user@example.com Hi welcome: Jo']);
  expect(await getJobStatus(wrong.id)).toMatchObject({ status: 'failed', attempt: 1, error: 'Invalid email address' });
});
