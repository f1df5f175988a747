// The addresses of live events, for the description of the API; their handlers stand apart, since they answer no JSON.
import { z } from 'zod';
import type { Described } from './route.ts';

const Listen = z.object({
  jobs: z.string().optional().describe('Ids of jobs, separated by commas.'),
  types: z.string().optional().describe('Types of jobs, separated by commas.'),
  since: z.string().optional().describe('The id of the last message that came: what was missed is sent first.'),
  ticket: z.string().optional().describe('From api/ticket, for clients that cannot send a header.'),
});

export const LIVE: readonly Described[] = [
  {
    id: 'openWebSocket',
    method: 'get',
    path: '/ws',
    group: 'Live',
    summary: 'What happens to jobs, over a WebSocket.',
    action: 'view',
    query: Listen,
    answer: { status: 101, about: 'The WebSocket is open.' },
    errors: ['TOO_MANY_CONNECTIONS'],
  },
  {
    id: 'openEvents',
    method: 'get',
    path: '/events',
    group: 'Live',
    summary: 'What happens to jobs, as server-sent events.',
    action: 'view',
    query: Listen,
    answer: { status: 200, type: 'text/event-stream', about: 'The stream is open.' },
    errors: ['TOO_MANY_CONNECTIONS'],
  },
  {
    id: 'issueTicket',
    method: 'post',
    path: '/api/ticket',
    group: 'Live',
    summary: 'Get a ticket: good once, within 30 seconds, in place of a header.',
    action: 'view',
    answer: { status: 201, schema: 'Ticket', about: 'The ticket.' },
  },
];
