import { z } from '@hono/zod-openapi';
import { DateTime, Uuid } from '../../../http/schemas.ts';

export type ConnectionStatus = z.infer<typeof ConnectionStatus>;
export const ConnectionStatus = z
  .object({
    active_executions: z.int().openapi({ description: 'Executions that somebody follows.', example: 3 }),
    total_connections: z.int().openapi({ description: 'Connections to channels of all kinds.', example: 12 }),
    global_connections: z.int().openapi({ description: 'Those to the channel of the whole platform.', example: 1 }),
    active_users: z.int().openapi({ description: 'Users who have one connection or more.', example: 5 }),
  })
  .openapi('ConnectionStatus', { description: 'Who is connected, as channels have told it in the last minutes.' });

export type ExecutionConnections = z.infer<typeof ExecutionConnections>;
export const ExecutionConnections = z
  .object({
    execution_id: Uuid,
    active_connections: z.int().openapi({ description: 'Connections to its channel.', example: 2 }),
    created_at: DateTime.nullable().openapi({
      description: 'When the first event came that its channel still holds; null where it holds none.',
    }),
    last_activity: DateTime.nullable().openapi({ description: 'When the last one came.' }),
    event_count: z.int().openapi({ description: 'Events that its channel has had.', example: 14 }),
  })
  .openapi('ExecutionConnections', {
    description: 'How an execution is followed. One that nobody follows has no events.',
  });
