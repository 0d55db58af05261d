import { z } from '@hono/zod-openapi';
import { DEPLOYMENT_KINDS } from '../../../db/schema/index.ts';
import { DateTime, listQuery, text, Uuid } from '../../../http/schemas.ts';

const Version = z.int32().min(1);

const NOTE = { description: 'Why, in somebody’s words.', example: 'Answers in Portuguese too' };
const Note = text(0, 500).nullish().openapi(NOTE);

export const Deployment = z
  .object({
    id: Uuid,
    workflow_id: Uuid,
    number: z.number().int().openapi({ description: 'Counted from 1 in each workflow.', example: 4 }),
    kind: z.enum(DEPLOYMENT_KINDS).openapi({
      description: '`unpublish`: from then on the present version runs again.',
      example: 'publish',
    }),
    version: z.number().int().nullable().openapi({
      description: 'What runs from then on where no version is named; null for the present one.',
      example: 7,
    }),
    replaced_version: z
      .number()
      .int()
      .nullable()
      .openapi({ description: 'What was published until then.', example: 5 }),
    note: z.string().nullable().openapi(NOTE),
    replay: z
      .object({
        execution_id: Uuid,
        is_equal: z.boolean().openapi({ description: 'Whether the same came of it.' }),
        differences: z.number().int().openapi({ description: 'Accepted knowingly, where there are any.', example: 0 }),
      })
      .nullable()
      .openapi({ description: 'The replay that spoke for it, as it was then.', example: null }),
    created_by: Uuid.nullable().openapi({ description: 'Who did it; null once that account is deleted.' }),
    creator_name: z.string().nullable().openapi({ example: 'Ada Lovelace' }),
    created_at: DateTime,
  })
  .openapi('WorkflowDeployment');

export type Deployment = z.infer<typeof Deployment>;

export const Live = z
  .object({
    workflow_id: Uuid,
    number: z
      .number()
      .int()
      .openapi({ description: 'Of the last deployment; 0 where there never was one.', example: 4 }),
    is_published: z.boolean(),
    version: z.number().int().openapi({ description: 'What runs where no version is named.', example: 7 }),
    since: DateTime.nullable().openapi({ description: 'Null where nothing is published.' }),
    deployment: Deployment.nullable().openapi({ description: 'The last one of all; null where there never was one.' }),
    draft_version: z.number().int().openapi({ description: 'The present version.', example: 9 }),
    draft_ahead: z.number().int().openapi({ description: 'How many versions came after what runs.', example: 2 }),
    diff_url: z.string().nullable().openapi({
      description: 'What changed from what runs to the present version; null where it is the same.',
      example: '/api/v1/workflows/7a1f6c1e-6f0e-4c5a-9d7e-2b8a2a1f0c11/versions/7/diff',
    }),
    publish_requires_replay: z.boolean(),
  })
  .openapi('WorkflowLive', { description: 'What of a workflow runs.' });

export type Live = z.infer<typeof Live>;

export const DeploymentCreate = z
  .object({
    version: Version.nullish().openapi({ description: 'The present one where it is left out.', example: null }),
    note: Note,
    replay_id: Uuid.nullish().openapi({
      description:
        'The replay of the version that speaks for it, by its execution; else any that passed. Where another version is ' +
        'published, it repeats an execution of that one.',
      example: null,
    }),
    accept_differences: z.boolean().default(false).openapi({
      description: 'Whether what that replay found to be different is meant to be.',
    }),
  })
  .openapi('WorkflowDeploymentCreate');

export type DeploymentCreate = z.infer<typeof DeploymentCreate>;

export const Rollback = z
  .object({
    to_version: Version.nullish().openapi({
      description: 'One that was published before; else the one that ran before what runs now was first published.',
      example: null,
    }),
    note: Note,
  })
  .openapi('WorkflowRollback');

export type Rollback = z.infer<typeof Rollback>;

export const ListDeploymentsQuery = listQuery(20, 100);

export type ListDeploymentsQuery = z.infer<typeof ListDeploymentsQuery>;
