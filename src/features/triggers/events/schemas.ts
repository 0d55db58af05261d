import { z } from '@hono/zod-openapi';
import { listQuery, text, Uuid } from '../../../http/schemas.ts';
import { triggerChanges, triggerInput, triggerShown } from '../schemas.ts';
import { TRIGGER_PATTERNS } from './event-types.ts';

export const EventTriggerParams = z.object({
  event_trigger_id: Uuid.openapi({
    param: { name: 'event_trigger_id', in: 'path' },
    description: 'The event trigger.',
  }),
});

const Events = z
  .array(z.enum(TRIGGER_PATTERNS))
  .min(1)
  .max(TRIGGER_PATTERNS.length)
  .transform((patterns) => [...new Set(patterns)])
  .openapi({
    description:
      'What it is for, as integrations have it: events by name, all of a kind as `member.*`, everything that members ' +
      'do as `*`; besides, how executions of the workspace end, as `execution.failed` or `execution.*`, which `*` does ' +
      'not stand for.',
    example: ['member.joined'],
  });

const Filter = text(1, 2_000).nullable().openapi({
  description:
    'A JSONata expression over the event (`type`, `timestamp`, `data`), which has to give `true`; null for every one.',
  example: 'data.metadata.role = "admin"',
});

export const EventTriggerCreate = z
  .object({ ...triggerInput, events: Events, filter: Filter.default(null) })
  .openapi('EventTriggerCreate');

export type EventTriggerCreate = z.infer<typeof EventTriggerCreate>;

export const EventTriggerUpdate = z
  .object({ ...triggerChanges, events: Events.optional(), filter: Filter.optional() })
  .openapi('EventTriggerUpdate', { description: 'What is absent stays.' });

export type EventTriggerUpdate = z.infer<typeof EventTriggerUpdate>;

export const EventTrigger = z
  .object({
    ...triggerShown,
    events: z.array(z.string()).openapi({ description: 'What it is for.', example: ['member.joined'] }),
    filter: Filter,
  })
  .openapi('EventTrigger', { description: 'What has a workflow run whenever something happens in its workspace.' });

export type EventTrigger = z.infer<typeof EventTrigger>;

export const ListEventTriggersQuery = listQuery(50, 100);

export type ListEventTriggersQuery = z.infer<typeof ListEventTriggersQuery>;
