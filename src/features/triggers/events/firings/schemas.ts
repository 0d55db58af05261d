import { z } from '@hono/zod-openapi';
import { FIRING_OUTCOMES } from '../../../../db/schema/index.ts';
import { DateTime, listQuery, Uuid } from '../../../../http/schemas.ts';

const Outcome = z.enum(FIRING_OUTCOMES).openapi({
  description:
    'It has `started` the workflow; the filter did not let it through (`filtered`); it was `refused`; or it is ' +
    '`pending`.',
  example: 'started',
});

export const EventFiring = z
  .object({
    id: Uuid,
    event_trigger_id: Uuid,
    event_type: z.string().openapi({ example: 'member.joined' }),
    activity_id: Uuid.nullable().openapi({ description: 'The activity that it is.' }),
    ended_execution_id: Uuid.nullable().openapi({ description: 'The execution whose end it is.' }),
    outcome: Outcome,
    reason: z
      .string()
      .nullable()
      .openapi({
        description:
          'Why it was refused, or waits: `rate_limited` and `too_deep` where it would go round in circles, `rights_lost`, ' +
          '`inactive`, `workflow_gone`, `event_gone`, `expression_failed`, `expression_limit`, `abandoned` after a day, or ' +
          'the code of the problem.',
        example: null,
      }),
    execution_id: Uuid.nullable().openapi({ description: 'What it has started.' }),
    created_at: DateTime,
  })
  .openapi('EventFiring', { description: 'An event that a trigger is for, and what became of it.' });

export type EventFiring = z.infer<typeof EventFiring>;

export const ListFiringsQuery = listQuery(50, 100).extend({ outcome: Outcome.optional() });

export type ListFiringsQuery = z.infer<typeof ListFiringsQuery>;
