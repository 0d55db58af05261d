import { z } from '@hono/zod-openapi';
import { DateTime, Uuid } from '../../../http/schemas.ts';

const Most = z.number().int().min(1).max(100).nullable().openapi({
  description: 'How many executions run at once, the others waiting; null for the deployment’s default.',
  example: 10,
});

const IsPaused = z.boolean().openapi({
  description: 'Whether executions that have not begun wait; what runs goes on.',
  example: false,
});

const RetentionDays = z
  .number()
  .int()
  .min(1)
  .max(3650)
  .nullable()
  .openapi({
    description:
      'For how many days an execution is kept after it has ended, with its nodes, logs and outputs; null for as long as ' +
      'nobody deletes it.',
    example: 90,
  });

export const ExecutionSettings = z
  .object({
    workspace_id: Uuid,
    max_concurrent_executions: Most,
    effective_max_concurrent_executions: z.number().int().openapi({ description: 'What holds.', example: 10 }),
    is_paused: IsPaused,
    retention_days: RetentionDays,
    updated_by: Uuid.nullable().openapi({ description: 'Null while nobody has set anything.' }),
    updated_at: DateTime.nullable().openapi({ description: 'Null while nobody has set anything.' }),
  })
  .openapi('ExecutionSettings', { description: 'How a workspace wants its executions to be treated.' });

export type ExecutionSettings = z.infer<typeof ExecutionSettings>;

export const ExecutionSettingsUpdate = z
  .object({
    max_concurrent_executions: Most.default(null),
    is_paused: IsPaused.default(false),
    retention_days: RetentionDays.default(null),
  })
  .openapi('ExecutionSettingsUpdate', { description: 'What is left out is set back to its default.' });

export type ExecutionSettingsUpdate = z.infer<typeof ExecutionSettingsUpdate>;
