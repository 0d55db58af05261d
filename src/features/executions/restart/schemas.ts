import { z } from '@hono/zod-openapi';
import { RERUN_REASONS } from '../../../db/schema/index.ts';
import { Uuid } from '../../../http/schemas.ts';
import { JsonMap } from '../schemas.ts';
import { Version, WorkflowExecution, WorkflowExecutionRequest } from '../start/schemas.ts';

const NodeKey = z.string().min(1).max(200);

const NodeKeys = z
  .union([NodeKey, z.array(NodeKey).max(200)])
  .transform((given) => [given].flat())
  .openapi({
    description: 'Ids of nodes. Each runs with everything that follows it; one in a loop stands for the whole loop.',
    example: ['answer'],
  });

const edits = {
  inputs: z
    .record(z.string(), z.unknown())
    .nullish()
    .openapi({
      description:
        'By node, what it gets in place of what would come in; it runs again. Of a trigger it is the input of the execution.',
      example: { answer: { question: 'Why?' } },
    }),
  configs: z
    .record(z.string(), JsonMap)
    .nullish()
    .openapi({
      description:
        'By node, fields that take the place of those of its configuration; the others stay, and one that is null is left ' +
        'out. The node runs again. Not for workflows of other workspaces.',
      example: { answer: { model: 'local-small' } },
    }),
};

const settings = WorkflowExecutionRequest.pick({
  grant_variables: true,
  priority: true,
  timeout_seconds: true,
  tags: true,
  metadata: true,
}).extend({
  variables: JsonMap.nullish().openapi({
    description: 'Values by name, over those that the execution had. What is taken over has read the former ones.',
    example: null,
  }),
}).shape;

export const ForkRequest = z
  .object({
    from: NodeKeys,
    ...edits,
    version: Version.openapi({ description: 'The version to run; that of the execution where it is left out.' }),
    ...settings,
  })
  .openapi('ExecutionFork');

export type ForkRequest = z.infer<typeof ForkRequest>;

export const ResumeRequest = z
  .object({
    node: NodeKeys.nullish().openapi({ description: 'Where to go on; where it failed, if left out.', example: null }),
    ...edits,
    version: Version.openapi({ description: 'The version to run; the one that runs now where it is left out.' }),
    ...settings,
  })
  .openapi('ExecutionResume');

export type ResumeRequest = z.infer<typeof ResumeRequest>;

const Rerun = z
  .object({
    node_id: z.string().openapi({ example: 'answer' }),
    reason: z.enum(RERUN_REASONS).openapi({
      description:
        '`from`: it was named. `input`, `config`: that was edited. `changed`: it is another one in this version, in its ' +
        'configuration or in what leads to it. `missing_record`: what it gave is not kept. `not_completed`: it had not ' +
        'come to its end. `follows`: it follows one of those.',
      example: 'from',
    }),
  })
  .openapi('ExecutionRerun');

export const RestartedExecution = WorkflowExecution.extend({
  parent_execution_id: Uuid.nullable().openapi({ description: 'The execution that it goes on from.' }),
  workflow_version: z.number().int().nullable().openapi({ description: 'What runs.', example: 4 }),
  reruns: z.array(Rerun).openapi({ description: 'The nodes that run, of a loop the loop alone.' }),
  reused: z.array(z.string()).openapi({
    description: 'Nodes that are taken over from the parent, with what they gave; they cost nothing here.',
    example: ['trigger', 'fetch'],
  }),
}).openapi('RestartedExecution');

export type RestartedExecution = z.infer<typeof RestartedExecution>;
