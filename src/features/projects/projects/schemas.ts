import { z } from '@hono/zod-openapi';
import { DateTime, line, listQuery, text, Uuid, WorkspaceParams } from '../../../http/schemas.ts';
import { NewDefinition } from '../../../http/workflow-definition.ts';

export const PROJECT_STATUSES = ['active', 'archived', 'deleted'] as const;

export const ProjectStatus = z.enum(PROJECT_STATUSES);

const Color = z.string().regex(/^#[0-9A-Fa-f]{6}$/);
const COLOR = { description: 'How clients paint it.', example: '#10B981' };
const CONCURRENT = { description: 'Whether clients let several people edit at once.', example: true };
const SECONDS = { description: 'Seconds after which clients save what is being edited.', example: 30 };
const VERSIONS = { description: 'Whether versions can be saved and restored.', example: true };

export const Project = z
  .object({
    id: Uuid,
    workspace_id: Uuid,
    workflow_id: Uuid.openapi({ description: 'The workflow that belongs to this project alone.' }),
    name: z.string().openapi({ example: 'Customer onboarding' }),
    description: z.string().nullable().openapi({ example: 'From the first mail to the first invoice.' }),
    color: z.string().openapi(COLOR),
    allow_concurrent_editing: z.boolean().openapi(CONCURRENT),
    auto_save_interval: z.number().int().openapi(SECONDS),
    version_control_enabled: z.boolean().openapi(VERSIONS),
    status: ProjectStatus.openapi({ description: 'A deleted one can be restored for 30 days.', example: 'active' }),
    version: z.number().int().openapi({ description: 'Raised by every change of its settings.', example: 1 }),
    collaborator_count: z.number().int().openapi({ description: 'Those with rights of their own in it.', example: 1 }),
    comment_count: z.number().int().openapi({ description: 'Comments, answers included.', example: 4 }),
    version_count: z.number().int().openapi({ description: 'Saved versions of its workflow.', example: 2 }),
    created_by: Uuid.nullable().openapi({ description: 'Who made it; null once that account is deleted.' }),
    last_edited_at: DateTime.nullable().openapi({ description: 'When its workflow was last changed.' }),
    created_at: DateTime,
    updated_at: DateTime,
    deleted_at: DateTime.nullable().openapi({ description: 'When it was deleted.', example: null }),
  })
  .openapi('Project');

export type Project = z.infer<typeof Project>;

const Name = line(1, 100).openapi({ description: 'What people call it.', example: 'Customer onboarding' });
const Description = text(0, 500).nullish().openapi({
  description: 'What it is for; null for none.',
  example: 'From the first mail to the first invoice.',
});
const Interval = z.number().int().min(5).max(300);

export const ProjectCreate = z
  .object({
    name: Name,
    description: Description,
    color: Color.nullish().openapi(COLOR),
    allow_concurrent_editing: z.boolean().default(true).openapi(CONCURRENT),
    auto_save_interval: Interval.default(30).openapi(SECONDS),
    version_control_enabled: z.boolean().default(true).openapi(VERSIONS),
    workflow_id: Uuid.nullish().openapi({
      description: 'A workflow of this workspace that belongs to no project; a new one where it is left out.',
      example: null,
    }),
    definition: NewDefinition.nullish().openapi({
      description: 'What the new workflow does to begin with; nothing where it is left out.',
    }),
  })
  .refine(({ workflow_id, definition }) => !workflow_id || !definition, {
    path: ['definition'],
    message: 'is for a new workflow; leave it out together with a workflow_id',
  })
  .openapi('ProjectCreate');

export type ProjectCreate = z.infer<typeof ProjectCreate>;

export const ProjectUpdate = z
  .object({
    name: Name.nullish(),
    description: Description,
    color: Color.nullish().openapi(COLOR),
    allow_concurrent_editing: z.boolean().nullish().openapi(CONCURRENT),
    auto_save_interval: Interval.nullish().openapi(SECONDS),
    version_control_enabled: z.boolean().nullish().openapi(VERSIONS),
    status: z
      .enum(['active', 'archived'])
      .nullish()
      .openapi({ description: 'Archives the project, or takes it out again.', example: 'active' }),
  })
  .openapi('ProjectUpdate', { description: 'What is left out or null stays; a description that is null goes.' });

export type ProjectUpdate = z.infer<typeof ProjectUpdate>;

export const ProjectCreated = z
  .object({
    message: z.string().openapi({ example: 'Project created.' }),
    project_id: Uuid,
    project: Project,
  })
  .openapi('ProjectCreated');

export const ProjectRestored = z
  .object({ message: z.string().openapi({ example: 'Project restored.' }), project: Project })
  .openapi('ProjectRestored');

export const ListProjectsQuery = listQuery(20, 100).extend({
  status: ProjectStatus.default('active').openapi({ description: 'Those of this status alone.', example: 'active' }),
});

export type ListProjectsQuery = z.infer<typeof ListProjectsQuery>;

export const DeletedProjectParams = WorkspaceParams.extend({
  deleted_project_id: Uuid.openapi({
    param: { name: 'deleted_project_id', in: 'path' },
    description: 'A project that was deleted.',
  }),
});
