import { z } from '@hono/zod-openapi';
import { CALL_OUTCOMES } from '../../../../db/schema/index.ts';
import { DateTime, listQuery, Uuid } from '../../../../http/schemas.ts';
import { WebhookParams } from '../schemas.ts';

const Outcome = z.enum(CALL_OUTCOMES).openapi({
  description:
    'It has started an execution (`accepted`), had so before (`repeated`), was `refused`, or came while the webhook was ' +
    'tried out (`test`).',
  example: 'accepted',
});

const fields = {
  id: Uuid,
  webhook_id: Uuid,
  outcome: Outcome,
  reason: z
    .string()
    .nullable()
    .openapi({ description: 'Why it was refused: the code of the problem.', example: 'webhook_not_authentic' }),
  execution_id: Uuid.nullable(),
  delivery_id: z
    .string()
    .nullable()
    .openapi({ description: 'Which message it is.', example: 'msg_2KWPBgLlAfxdpx2AI5' }),
  method: z.string().openapi({ example: 'POST' }),
  headers: z.record(z.string(), z.string()).openapi({
    description: 'Without those that are or may hold secrets.',
    example: { 'content-type': 'application/json' },
  }),
  size_bytes: z.number().int().openapi({ description: 'Of its body.', example: 512 }),
  created_at: DateTime,
};

export const WebhookCall = z.object(fields).openapi('WebhookCall');

export type WebhookCall = z.infer<typeof WebhookCall>;

export const WebhookCallDetail = z
  .object({
    ...fields,
    detail: z
      .record(z.string(), z.unknown())
      .nullable()
      .openapi({
        description: 'Of a test what was found, as its answer has it; null for others.',
        example: { authentic: true, input: { body: {} } },
      }),
  })
  .openapi('WebhookCallDetail');

export type WebhookCallDetail = z.infer<typeof WebhookCallDetail>;

export const ListCallsQuery = listQuery(50, 100).extend({ outcome: Outcome.optional() });

export type ListCallsQuery = z.infer<typeof ListCallsQuery>;

export const CallParams = WebhookParams.extend({
  call_id: Uuid.openapi({ param: { name: 'call_id', in: 'path' }, description: 'The call.' }),
});
