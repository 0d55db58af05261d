import { z } from '@hono/zod-openapi';
import { Uuid } from '../../../http/schemas.ts';
import { NewDefinition } from '../../../http/workflow-definition.ts';
import { Priority } from '../schemas.ts';
import { Version, WorkflowExecution } from '../start/schemas.ts';

export const ReplayRequest = z
  .object({
    version: Version.openapi({ description: 'The version to try; the one that runs now where it is left out.' }),
    definition: NewDefinition.nullish().openapi({ description: 'What to try in place of a version.' }),
    outputs: z
      .record(z.string(), z.unknown())
      .nullish()
      .openapi({
        description: 'By node, what it gives in place of what is recorded, or where nothing is.',
        example: { lookup: { status: 200 } },
      }),
    priority: Priority.nullish(),
  })
  .openapi('ExecutionReplay');

export type ReplayRequest = z.infer<typeof ReplayRequest>;

export const ReplayedExecution = WorkflowExecution.extend({
  source_execution_id: Uuid.nullable().openapi({ description: 'The execution that it repeats.' }),
  workflow_version: z.number().int().nullable().openapi({
    description: 'What is tried; null for a definition that is no version.',
    example: 4,
  }),
  is_equal: z.boolean().nullable().openapi({
    description: 'Whether it came to the same; null until it has ended.',
    example: true,
  }),
  differences: z.number().int().nullable().openapi({ description: 'How many there are.', example: 0 }),
  diff_url: z.string().openapi({ description: 'Where they are told.', example: '/api/v1/executions/…/diff' }),
}).openapi('ReplayedExecution');
