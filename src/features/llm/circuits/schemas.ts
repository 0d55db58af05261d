import { z } from '@hono/zod-openapi';
import { DateTime } from '../../../http/schemas.ts';

export const Circuit = z
  .object({
    provider: z.string().openapi({ example: 'openai' }),
    model: z.string().openapi({ example: 'gpt-4o' }),
    is_own: z.boolean().openapi({ description: 'Whether it guards an endpoint of this workspace.' }),
    state: z.enum(['closed', 'open', 'half_open']).openapi({
      description: 'closed: calls pass. open: they go elsewhere, or fail at once. half_open: one at a time may try.',
    }),
    calls: z.number().int().openapi({ description: 'In the minute before it changed.', example: 12 }),
    failed_calls: z.number().int().openapi({ description: 'How many of them failed.', example: 9 }),
    retry_at: DateTime.nullable().openapi({ description: 'From when on a call may try; null where it is closed.' }),
    changed_at: DateTime,
  })
  .openapi('Circuit');

export type Circuit = z.infer<typeof Circuit>;
