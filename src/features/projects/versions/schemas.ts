import { z } from '@hono/zod-openapi';
import { DateTime, line, listQuery, ProjectParams, text, Uuid } from '../../../http/schemas.ts';
import { Definition, definitionChanges } from '../../../http/workflow-definition.ts';

const VersionId = Uuid.openapi({ description: 'The version.' });
const VersionNumber = z.number().int().openapi({ description: 'Counted from 1 in each project.', example: 3 });

export const ProjectVersion = z
  .object({
    id: Uuid,
    project_id: Uuid,
    version_number: VersionNumber,
    name: z.string().nullable().openapi({ example: 'Before the holidays' }),
    description: z.string().nullable().openapi({ example: 'As the customer saw it.' }),
    workflow_data: Definition.openapi({ description: 'What the workflow did then.' }),
    created_by: Uuid.nullable().openapi({ description: 'Who saved it; null once that account is deleted.' }),
    creator_name: z.string().nullable().openapi({ example: 'Ada Lovelace' }),
    is_current: z.boolean().openapi({ description: 'Whether the workflow still is, or is again, as it was then.' }),
    checksum: z.string().openapi({
      description: 'SHA-256 of the definition, in hexadecimal: equal ones are equal definitions.',
      example: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    }),
    size_bytes: z.number().int().openapi({ description: 'What it takes of the workspace’s storage.', example: 2048 }),
    restored_from: Uuid.nullable().openapi({ description: 'The version that was restored by this one.' }),
    created_at: DateTime,
  })
  .openapi('ProjectVersion');

export type ProjectVersion = z.infer<typeof ProjectVersion>;

export const VersionCreate = z
  .object({
    name: line(0, 100).nullish().openapi({ description: 'What to know it by.', example: 'Before the holidays' }),
    description: text(0, 500).nullish().openapi({ description: 'What it is.', example: 'As the customer saw it.' }),
  })
  .openapi('VersionCreate');

export type VersionCreate = z.infer<typeof VersionCreate>;

export const ListVersionsQuery = listQuery(20, 100);

export type ListVersionsQuery = z.infer<typeof ListVersionsQuery>;

export const VersionParams = ProjectParams.extend({
  version_id: VersionId.openapi({ param: { name: 'version_id', in: 'path' } }),
});

export const VersionRestored = z
  .object({ message: z.string().openapi({ example: 'Version restored.' }), version: ProjectVersion })
  .openapi('VersionRestored');

export const DiffQuery = z.object({
  against: z
    .union([z.literal('current'), z.uuid()])
    .default('current')
    .openapi({ description: 'Another version, or what the workflow does at present.', example: 'current' }),
});

export type DiffQuery = z.infer<typeof DiffQuery>;

const Side = z
  .object({
    version_id: Uuid.nullable().openapi({ description: 'Null: the present definition.' }),
    version_number: VersionNumber.nullable(),
  })
  .openapi('VersionDiffSide');

export const VersionDiff = z
  .object({
    from: Side.openapi({ description: 'The version of the path.' }),
    to: Side.openapi({ description: 'What it is compared with.' }),
    ...definitionChanges,
  })
  .openapi('VersionDiff');

export type VersionDiff = z.infer<typeof VersionDiff>;
