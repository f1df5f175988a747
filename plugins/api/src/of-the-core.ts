// What the core answers itself, also without this plugin, for the description.
import { z } from 'zod';
import type { Described } from './route.ts';

const Listen = z.object({
  jobs: z.string().optional().describe('Ids of jobs, separated by commas.'),
  types: z.string().optional().describe('Types of jobs, separated by commas.'),
  since: z.string().optional().describe('The id of the last message received; later ones are sent first.'),
  every: z
    .string()
    .optional()
    .describe(
      'Milliseconds for which events are left out after an event or a `resync`; then `resync` is sent if there were any.',
    ),
  ticket: z.string().optional().describe('From api/ticket, for clients that cannot send a header.'),
});

export const OF_THE_CORE: readonly Described[] = [
  {
    id: 'getHealth',
    at: 'GET /health',
    group: 'System',
    summary: 'Does the process answer?',
    action: null,
    answer: { status: 200, schema: 'Health', about: 'It does.' },
  },
  {
    id: 'getReady',
    at: 'GET /ready',
    group: 'System',
    summary: 'Can jobs be claimed and run? 503 if not.',
    action: null,
    answer: {
      status: 200,
      alsoStatus: 503,
      schema: 'Ready',
      about: 'Details are included only for callers who may view.',
    },
  },
  {
    id: 'openWebSocket',
    at: 'GET /ws',
    group: 'Live',
    summary: 'Follow the events of jobs over a WebSocket.',
    action: 'view',
    limited: true,
    query: Listen,
    answer: { status: 101, about: 'The WebSocket is open.' },
    errors: ['TOO_MANY_CONNECTIONS'],
  },
  {
    id: 'issueTicket',
    at: 'POST /api/ticket',
    group: 'Live',
    summary: 'Get a ticket that replaces a header once, within 30 seconds.',
    action: 'view',
    limited: true,
    answer: { status: 201, schema: 'Ticket', about: 'The ticket.' },
  },
];
