import { z } from '@hono/zod-openapi';
import { DateTime, Uuid } from '../../../http/schemas.ts';

export const EngineStatus = z
  .object({
    is_running: z.boolean().openapi({ description: 'Whether executions begin.', example: true }),
    running_executions: z
      .number()
      .int()
      .openapi({ description: 'Those of all workspaces that have not ended, the waiting ones included.', example: 3 }),
    workspaces: z.number().int().openapi({ description: 'Workspaces that they are of.', example: 2 }),
    overdue_executions: z.number().int().openapi({
      description: 'Those whose runner has been silent for longer than it should; the sweep takes them up.',
      example: 0,
    }),
    has_queue_processor: z
      .boolean()
      .openapi({ description: 'Whether the sweep that looks after them ran within three minutes.', example: true }),
    last_sweep_at: DateTime.nullable(),
    changed_by: Uuid.nullable().openapi({ description: 'Who started or stopped it last.' }),
    changed_at: DateTime,
  })
  .openapi('EngineStatus');

export type EngineStatus = z.infer<typeof EngineStatus>;

export const EngineChanged = z
  .object({ success: z.literal(true), message: z.string().openapi({ example: 'Executions begin.' }) })
  .openapi('EngineChanged');
