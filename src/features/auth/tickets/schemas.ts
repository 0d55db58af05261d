import { z } from '@hono/zod-openapi';
import { DateTime } from '../../../http/schemas.ts';
import { TICKET_SECONDS } from '../tokens/ticket.ts';

export const SocketTicket = z
  .object({
    ticket: z.string().openapi({
      description: 'Sent as `?ticket=`, once.',
      example: 'syn_tkt_000000000000000000000000000000000000',
    }),
    expires_at: DateTime,
    expires_in: z.number().int().openapi({ description: 'Seconds.', example: TICKET_SECONDS }),
  })
  .openapi('SocketTicket');

export type SocketTicket = z.infer<typeof SocketTicket>;
