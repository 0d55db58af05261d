import { z } from '@hono/zod-openapi';
import { DateTime, Decimal, NextCursor, Uuid } from '../../../http/schemas.ts';
import { ExecutionStatusName, TriggerTypeName } from '../schemas.ts';

export const LineageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50).openapi({
    description: 'At most so many of those that come from it directly.',
    example: 50,
  }),
  levels: z.coerce.number().int().min(1).max(10).default(3).openapi({ description: 'How far down.', example: 3 }),
  cursor: z.string().max(200).optional().openapi({ description: 'The next_cursor of the page before.' }),
});

export type LineageQuery = z.infer<typeof LineageQuery>;

const ONE = {
  id: Uuid,
  execution_id: Uuid.openapi({ description: 'The same as id.' }),
  workflow_id: Uuid.nullable(),
  workflow_name: z.string().nullable().openapi({ example: 'Refunds' }),
  workflow_version: z.number().int().nullable().openapi({ example: 3 }),
  trigger_type: TriggerTypeName,
  parent_execution_id: Uuid.nullable(),
  parent_node_id: z.string().nullable().openapi({ description: 'The node of the parent that runs it.', example: null }),
  status: ExecutionStatusName.openapi({ example: 'completed' }),
  depth: z.number().int().openapi({ description: 'How many executions run it one inside another.', example: 0 }),
  cost_usd: z.number().openapi({ description: 'What its own calls to models cost; exactly in cost_usd_exact.' }),
  cost_usd_exact: Decimal,
  created_at: DateTime,
  completed_at: DateTime.nullable(),
};

export const Relative = z.object(ONE).openapi('ExecutionRelative');

export type Relative = z.infer<typeof Relative>;

export const Descendant = z
  .object({
    ...ONE,
    level: z.number().int().openapi({ description: 'From 1, for those that come from it directly.', example: 1 }),
    has_more: z.boolean().openapi({
      description: 'Whether more come from this one than are shown; its own lineage has them.',
      example: false,
    }),
  })
  .openapi('ExecutionDescendant');

export type Descendant = z.infer<typeof Descendant>;

export const ExecutionLineage = z
  .object({
    execution: Relative,
    descendants: z.array(Descendant).openapi({
      description: 'The tree of what comes from it: each directly after the one that it comes from, or its siblings.',
    }),
    ancestors: z.array(Relative).openapi({ description: 'What it comes from, the outermost first.' }),
    next_cursor: NextCursor,
  })
  .openapi('ExecutionLineage');

export type ExecutionLineage = z.infer<typeof ExecutionLineage>;
