import { z } from '@hono/zod-openapi';
import { DateTime, listQuery, text, Uuid } from '../../../http/schemas.ts';
import { Definition, definitionChanges } from '../../../http/workflow-definition.ts';
import { Workflow, WorkflowParams } from '../workflows/schemas.ts';
import { VERSION_STAGES } from './queries.ts';

const NUMBER = { description: 'Counted from 1 in each workflow.', example: 3 };
const VersionNumber = z.int32().min(1);

const Note = text(0, 500)
  .nullable()
  .openapi({ description: 'What it is, in somebody’s words.', example: 'Calmer tone' });

export const ListedVersion = z
  .object({
    id: z.string().openapi({ description: 'The number as text.', example: '3' }),
    workflow_id: Uuid,
    version: z.string().openapi({ description: 'The same.', example: '3' }),
    version_number: z.number().int().openapi(NUMBER),
    note: Note,
    total_nodes: z.number().int().openapi({ example: 5 }),
    stage: z.enum(VERSION_STAGES).openapi({
      description:
        '`published`: what runs where no version is named. `superseded`: it was, until another one was published, or ' +
        'nothing any more. `rolled_back`: it was, until an earlier one was gone back to. `draft`: it never was.',
      example: 'draft',
    }),
    is_current: z.boolean().openapi({ description: 'Whether it is what the workflow does now.' }),
    created_by: Uuid.nullable().openapi({ description: 'Who made it; null once that account is deleted.' }),
    creator_name: z.string().nullable().openapi({ example: 'Ada Lovelace' }),
    created_at: DateTime,
  })
  .openapi('WorkflowVersionSummary');

export type ListedVersion = z.infer<typeof ListedVersion>;

export const WorkflowVersion = ListedVersion.extend({
  definition: Definition.openapi({ description: 'What the workflow did then.' }),
}).openapi('WorkflowVersion');

export type WorkflowVersion = z.infer<typeof WorkflowVersion>;

export const WorkflowVersionParams = WorkflowParams.extend({
  version_number: z.coerce
    .number()
    .pipe(VersionNumber)
    .openapi({
      param: { name: 'version_number', in: 'path' },
      type: 'integer',
      description: 'The version.',
      example: 1,
    }),
});

export const ListWorkflowVersionsQuery = listQuery(20, 100);

export type ListWorkflowVersionsQuery = z.infer<typeof ListWorkflowVersionsQuery>;

export const WorkflowVersionUpdate = z.object({ note: Note }).openapi('WorkflowVersionUpdate');

export const WorkflowVersionRestored = z
  .object({ message: z.string().openapi({ example: 'Version restored.' }), workflow: Workflow })
  .openapi('WorkflowVersionRestored');

export const WorkflowDiffQuery = z.object({
  against: z
    .union([z.literal('current'), z.coerce.number().pipe(VersionNumber)])
    .default('current')
    .openapi({
      type: 'string',
      description: 'The number of another version, or `current` for what the workflow does now.',
      example: 'current',
    }),
});

export type WorkflowDiffQuery = z.infer<typeof WorkflowDiffQuery>;

export const WorkflowDiff = z
  .object({
    from: z
      .number()
      .int()
      .openapi({ ...NUMBER, description: 'The version of the path.' }),
    to: z
      .number()
      .int()
      .openapi({ ...NUMBER, description: 'The version that it is compared with.' }),
    ...definitionChanges,
  })
  .openapi('WorkflowDiff');

export type WorkflowDiff = z.infer<typeof WorkflowDiff>;
