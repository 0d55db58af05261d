import { z } from '@hono/zod-openapi';
import { DateTime, Uuid } from '../../../http/schemas.ts';
import { ExecutionStatusName, ExecutionWaits, Priority } from '../schemas.ts';

export const QueueQuery = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(0)
    .max(1000)
    .default(100)
    .openapi({ description: 'At most so many of those that wait.', example: 100 }),
});

export const QueuedExecution = z
  .object({
    execution_id: Uuid,
    workflow_id: Uuid,
    status: ExecutionStatusName.openapi({ example: 'pending' }),
    priority: Priority,
    position: z.number().int().openapi({ description: 'From 1; the first one begins next.', example: 1 }),
    waits: ExecutionWaits.nullable(),
    expected_start_at: DateTime.nullable().openapi({
      description:
        'Estimated by how long earlier executions took; null where there were none, or while something else than the ' +
        'queue holds it.',
    }),
    created_at: DateTime,
  })
  .openapi('QueuedExecution');

const Count = z.number().int();

export const QueueStatus = z
  .object({
    user_queue: z
      .object({
        pending: Count.openapi({ description: 'Those that wait for their start.', example: 2 }),
        running: Count.openapi({ example: 10 }),
        paused: Count.openapi({ example: 0 }),
        parked: Count.openapi({
          description: 'Those that wait for somebody, for another execution or for a time, and hold no place.',
          example: 0,
        }),
        total_active: Count.openapi({ example: 12 }),
      })
      .openapi('QueueOfWorkspace', { description: 'The executions of this workspace.' }),
    global_queue: z
      .object({
        total_pending: Count.openapi({ description: 'Of all workspaces, those that have not ended.', example: 40 }),
        estimated_wait_time_minutes: z.number().openapi({
          description:
            'Until an execution begins that is started here now; 0 where it begins at once, and where nobody can tell.',
          example: 0.5,
        }),
      })
      .openapi('QueueOfAll'),
    limits: z
      .object({
        max_concurrent_executions: Count.openapi({ description: 'That run at once in this workspace.', example: 10 }),
        max_queue_size: Count.openapi({ description: 'That may not have ended; more are refused.', example: 1000 }),
      })
      .openapi('QueueLimits'),
    status: z
      .enum(['healthy', 'congested'])
      .openapi({ description: '`congested`: so many wait that an execution begins late.', example: 'healthy' }),
    is_paused: z.boolean().openapi({ description: 'Whether the workspace lets none begin.', example: false }),
    is_engine_running: z.boolean().openapi({ description: 'Whether any begin on this platform.', example: true }),
    waiting: z
      .array(QueuedExecution)
      .openapi({ description: 'Those that wait, in the order in which they will begin.' }),
  })
  .openapi('QueueStatus');

export type QueueStatus = z.infer<typeof QueueStatus>;
