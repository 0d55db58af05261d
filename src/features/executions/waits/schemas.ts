import { z } from '@hono/zod-openapi';
import { WAIT_KINDS, WAIT_STATUSES } from '../../../db/schema/index.ts';
import { DateTime, listQuery, text, Uuid } from '../../../http/schemas.ts';
import { several } from '../read/schemas.ts';
import { JsonMap } from '../schemas.ts';

export const WaitParams = z.object({
  wait_id: Uuid.openapi({ param: { name: 'wait_id', in: 'path' }, description: 'What is waited for.' }),
});

const Status = z.enum(WAIT_STATUSES).openapi({
  description: '`open` until it is answered, its time is over (`timed_out`), or its execution has ended (`cancelled`).',
  example: 'open',
});

const Form = JsonMap.nullable().openapi({
  description: 'What the data of an answer must be, as JSON Schema; null for anything.',
  example: { type: 'object', properties: { reason: { type: 'string' } }, required: ['reason'] },
});

const Kind = z.enum(WAIT_KINDS).openapi({
  description: 'A decision (`approval`), or a call from outside (`callback`).',
  example: 'approval',
});

export const Wait = z
  .object({
    id: Uuid,
    workspace_id: Uuid,
    execution_id: Uuid,
    workflow_id: Uuid.nullable(),
    workflow_name: z.string().nullable().openapi({ example: 'Refunds' }),
    node_id: z.string().openapi({ description: 'The node that waits.', example: 'approve' }),
    iteration: z.array(z.number().int()).openapi({ description: 'In loops, the places of the items.', example: [] }),
    kind: Kind,
    status: Status,
    title: z.string().openapi({ example: 'Refund 120 USD?' }),
    message: z.string().nullable().openapi({ example: null }),
    form: Form,
    approver_ids: z.array(Uuid).nullable().openapi({ description: 'Who may answer; null: whoever has the role.' }),
    approver_role: z.enum(['member', 'admin', 'owner']).openapi({ description: 'The least one.', example: 'member' }),
    has_link: z.boolean().openapi({ description: 'Whether a link answers it as well.', example: false }),
    may_answer: z.boolean().openapi({ description: 'Whether you may, now.', example: true }),
    answer: z
      .object({
        data: z.unknown().openapi({ example: { reason: 'It was broken.' } }),
        comment: z.string().nullable().openapi({ example: null }),
      })
      .nullable()
      .openapi({ example: null }),
    answered_by: Uuid.nullable().openapi({ description: 'Null where it was not answered, or by the link.' }),
    answered_via: z.enum(['account', 'link']).nullable().openapi({ example: null }),
    answered_at: DateTime.nullable(),
    expires_at: DateTime,
    created_at: DateTime,
  })
  .openapi('Wait', { description: 'What an execution waits for.' });

export type Wait = z.infer<typeof Wait>;

export const ListApprovalsQuery = listQuery(50, 100).extend({
  status: several(z.enum(WAIT_STATUSES)).openapi({
    description: 'Those of this status, repeated for several; open ones where it is left out.',
    example: ['open'],
  }),
  mine: z.stringbool().default(true).openapi({
    type: 'boolean',
    description: 'Only those that you may answer, or all of the workspace.',
    example: true,
  }),
  execution_id: Uuid.optional().openapi({ description: 'Only those of this execution.' }),
});

export type ListApprovalsQuery = z.infer<typeof ListApprovalsQuery>;

export const WaitAnswerRequest = z
  .object({
    decision: z.enum(['approve', 'reject', 'answer']).openapi({
      description: '`approve` or `reject` an approval; `answer` a callback in place of whoever was to call.',
      example: 'approve',
    }),
    data: z
      .unknown()
      .optional()
      .openapi({
        description: 'What its form asks for; checked unless it is rejected.',
        example: { reason: 'It was broken.' },
      }),
    comment: text(0, 2_000).nullish().openapi({ description: 'A word about it.', example: null }),
  })
  .openapi('WaitAnswerRequest');

export type WaitAnswerRequest = z.infer<typeof WaitAnswerRequest>;

export const CallbackParams = z.object({
  token: z
    .string()
    .min(1)
    .max(100)
    .openapi({
      param: { name: 'token', in: 'path' },
      description: 'As the link has it.',
      example: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    }),
});

export const CallbackState = z
  .object({
    kind: Kind,
    status: Status,
    title: z.string().openapi({ example: 'Refund 120 USD?' }),
    message: z.string().nullable().openapi({ example: null }),
    form: Form,
    expires_at: DateTime,
    answered_at: DateTime.nullable(),
  })
  .openapi('CallbackState');

export type CallbackState = z.infer<typeof CallbackState>;

export const CallbackAnswer = JsonMap.openapi('CallbackAnswer', {
  description:
    'Of a callback, whatever is to be told; of an approval `{decision, data, comment}`, or a form of the page.',
  example: { decision: 'approve' },
});
