import { endpoint } from '../../../http/endpoint.ts';
import { json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { SocketTicket } from './schemas.ts';
import { issueTicket } from './service.ts';

export const ticketsRouter = createRouter();

ticketsRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/ws/tickets',
    operationId: 'createSocketTicket',
    summary: 'Get a ticket for a connection',
    description:
      'Browsers can set no header on a WebSocket or an EventSource; a ticket in the query stands for your credentials ' +
      'there. It works once, within 30 seconds, and what it opens ends when your credentials do. A browser’s EventSource ' +
      'comes back with the same address after a break, and is refused: get a new ticket then.',
    tag: 'Realtime',
    access: 'identity',
    responses: { 201: json('The ticket.', SocketTicket) },
  }),
  async (c) => c.json(await issueTicket(c.var.ctx), 201),
);
