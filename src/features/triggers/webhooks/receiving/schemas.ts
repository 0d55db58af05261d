import { z } from '@hono/zod-openapi';
import { Uuid } from '../../../../http/schemas.ts';

export const HookParams = z.object({
  hook_id: z
    .string()
    .min(1)
    .max(100)
    .openapi({
      param: { name: 'hook_id', in: 'path' },
      description: 'The part of a webhook’s path that nobody can guess.',
      example: 'Yh6m0c9sY1bBq0b3sJ3m2kqv4cX7n5rP1tE8wZ2uL0A',
    }),
});

export const HookAccepted = z
  .object({
    execution_id: Uuid.openapi({ description: 'What the call has started, or had before.' }),
    repeated: z.boolean().openapi({ description: 'Whether the same call came before; it has started nothing then.' }),
  })
  .openapi('HookAccepted');

export const HookResult = z.unknown().openapi('HookResult', {
  description: 'What came of the workflow; or `challenge`, for Slack, which asks for it.',
  example: { greeting: 'Hi' },
});

export const ExecutionIdHeader = z.object({
  'X-Execution-Id': Uuid.optional().openapi({ description: 'What the call has started.' }),
});
