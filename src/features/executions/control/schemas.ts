import { z } from '@hono/zod-openapi';
import { text, Uuid } from '../../../http/schemas.ts';
import { JsonMap } from '../schemas.ts';

const ACTIONS = ['start', 'pause', 'resume', 'cancel', 'retry'] as const;

const Reason = text(0, 500)
  .nullish()
  .openapi({ description: 'Why; noted in its log.', example: 'Not needed any more' });

const WHAT =
  '`start`: lets a pending one begin. `pause`: what runs is let finish, nothing new begins. `resume`: goes on. ' +
  '`cancel`: ends it, and stops what runs. `retry`: takes up again one that failed, was cancelled or took too long; ' +
  'what was finished is not done again, and `max_retries` is how often it may be.';

export const ExecutionControl = z
  .object({
    action: z.enum(ACTIONS).openapi({ description: WHAT, example: 'cancel' }),
    reason: Reason,
    metadata: JsonMap.nullish().openapi({ description: 'Read by nobody; older clients send it.', example: null }),
  })
  .openapi('ExecutionControl');

export type ExecutionControl = z.infer<typeof ExecutionControl>;

export const ExecutionControlled = z
  .object({
    success: z.literal(true),
    action: z.enum(ACTIONS).openapi({ example: 'cancel' }),
    execution_id: Uuid,
    status: z.string().openapi({ description: 'How it is now.', example: 'cancelled' }),
    message: z.string().openapi({ example: 'Done.' }),
  })
  .openapi('ExecutionControlled');

const BATCH_ACTIONS = [...ACTIONS, 'delete'] as const;

export const ExecutionBatch = z
  .object({
    execution_ids: z
      .array(Uuid)
      .min(1)
      .max(100)
      .openapi({ description: 'Executions of this workspace.', example: ['7a1f6c1e-6f0e-4c5a-9d7e-2b8a2a1f0c11'] }),
    action: z.enum(BATCH_ACTIONS).openapi({
      description: `${WHAT} \`delete\`: removes one that has ended, with its log and values.`,
      example: 'cancel',
    }),
    reason: Reason,
  })
  .openapi('ExecutionBatch');

export type ExecutionBatch = z.infer<typeof ExecutionBatch>;

export const ExecutionBatchResult = z
  .object({
    action: z.enum(BATCH_ACTIONS).openapi({ example: 'cancel' }),
    total: z.number().int().openapi({ example: 1 }),
    successful: z.number().int().openapi({ example: 1 }),
    failed: z.number().int().openapi({ example: 0 }),
    results: z
      .array(
        z.object({
          execution_id: Uuid,
          success: z.boolean(),
          error: z.string().nullable().openapi({ description: 'Why not; null on success.', example: null }),
          code: z.string().nullable().openapi({ description: 'The same, as in a problem.', example: null }),
        }),
      )
      .openapi({ description: 'One for each that was named, in that order, each once.' }),
  })
  .openapi('ExecutionBatchResult');

export type ExecutionBatchResult = z.infer<typeof ExecutionBatchResult>;
