import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
  type AnyPgColumn,
} from 'drizzle-orm/pg-core';
import { createdAt, id, moment, tsvector, updatedAt } from '../columns.ts';
import { users } from './identity.ts';
import { createdBy, userId, workspaceId } from './owners.ts';
import { workflows, type WorkflowDefinition } from './workflows.ts';

/** A project owns one workflow, whose definition people edit together. */
export const projects = pgTable(
  'workspace_projects',
  {
    id: id(),
    workspaceId: workspaceId(),
    workflowId: uuid('workflow_id').notNull(),
    createdBy: createdBy(),
    name: text('name').notNull(),
    description: text('description'),
    color: text('color').notNull().default('#10B981'),
    allowConcurrentEditing: boolean('allow_concurrent_editing').notNull().default(true),
    /** Seconds. */
    autoSaveInterval: integer('auto_save_interval').notNull().default(30),
    versionControlEnabled: boolean('version_control_enabled').notNull().default(true),
    status: text('status', { enum: ['active', 'archived', 'deleted'] })
      .notNull()
      .default('active'),
    version: integer('version').notNull().default(1),
    /** Kept by triggers, in the transaction of what they count. */
    collaboratorCount: integer('collaborator_count').notNull().default(0),
    commentCount: integer('comment_count').notNull().default(0),
    versionCount: integer('version_count').notNull().default(0),
    isShared: boolean('is_shared')
      .notNull()
      .generatedAlwaysAs(sql`collaborator_count > 1`),
    lastEditedAt: moment('last_edited_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    deletedAt: moment('deleted_at'),
    /** In lower case by the database's own rules: the dictionary knows those of English alone. */
    searchable: tsvector('searchable')
      .notNull()
      .generatedAlwaysAs(sql`to_tsvector('simple', lower(name || ' ' || coalesce(description, '')))`),
  },
  (t) => [
    foreignKey({
      name: 'workspace_projects_workflow_fk',
      columns: [t.workflowId, t.workspaceId],
      foreignColumns: [workflows.id, workflows.workspaceId],
    }).onUpdate('cascade'),
    uniqueIndex('workspace_projects_workflow_key').on(t.workflowId),
    unique('workspace_projects_workspace_key').on(t.id, t.workspaceId),
    index('workspace_projects_created_by_idx').on(t.createdBy),
    // One for each order of a list, which has the projects of one workspace and status, shared or not.
    index('workspace_projects_created_idx').on(t.workspaceId, t.status, t.isShared, t.createdAt, t.id),
    index('workspace_projects_updated_idx').on(t.workspaceId, t.status, t.isShared, t.updatedAt, t.id),
    index('workspace_projects_activity_idx').on(
      t.workspaceId,
      t.status,
      t.isShared,
      sql`coalesce(${t.lastEditedAt}, ${t.createdAt})`,
      t.id,
    ),
    index('workspace_projects_name_idx').on(t.workspaceId, t.status, t.isShared, t.name, t.id),
    index('workspace_projects_deleted_at_idx')
      .on(t.deletedAt)
      .where(sql`${t.status} = 'deleted'`),
    index('workspace_projects_searchable_idx').using('gin', t.searchable),
    check('workspace_projects_deleted_at', sql`(${t.status} = 'deleted') = (${t.deletedAt} is not null)`),
  ],
);

/** A row of a project: with its workspace, which follows when the project moves. */
const inProject = () => ({
  projectId: uuid('project_id').notNull(),
  workspaceId: uuid('workspace_id').notNull(),
});

const toProject = (name: string, t: { projectId: AnyPgColumn; workspaceId: AnyPgColumn }) =>
  foreignKey({
    name,
    columns: [t.projectId, t.workspaceId],
    foreignColumns: [projects.id, projects.workspaceId],
  })
    .onUpdate('cascade')
    .onDelete('cascade');

/** What a project's workflow was at some time; never changed. */
export const projectVersions = pgTable(
  'project_versions',
  {
    id: id(),
    ...inProject(),
    createdBy: createdBy(),
    versionNumber: integer('version_number').notNull(),
    name: text('version_name'),
    description: text('description'),
    workflowData: jsonb('workflow_data').$type<WorkflowDefinition>().notNull(),
    /** SHA-256 of the definition's text, in hexadecimal. */
    checksum: text('checksum').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' })
      .notNull()
      .generatedAlwaysAs(sql`octet_length(workflow_data::text)`),
    /** The version that was restored by this one. */
    restoredFrom: uuid('restored_from'),
    createdAt: createdAt(),
  },
  (t) => [
    toProject('project_versions_project_fk', t),
    index('project_versions_created_by_idx').on(t.createdBy),
    uniqueIndex('project_versions_number_key').on(t.projectId, t.versionNumber),
  ],
);

export const projectCollaborators = pgTable(
  'project_collaborators',
  {
    id: id(),
    ...inProject(),
    userId: userId(),
    canEdit: boolean('can_edit').notNull().default(false),
    canComment: boolean('can_comment').notNull().default(true),
    canShare: boolean('can_share').notNull().default(false),
    canDelete: boolean('can_delete').notNull().default(false),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    toProject('project_collaborators_project_fk', t),
    uniqueIndex('project_collaborators_project_user_key').on(t.projectId, t.userId),
    index('project_collaborators_user_id_idx').on(t.userId, t.workspaceId),
    index('project_collaborators_created_at_idx').on(t.projectId, t.createdAt, t.id),
  ],
);

export const projectComments = pgTable(
  'project_comments',
  {
    id: id(),
    ...inProject(),
    /** Null once the account is deleted. */
    userId: uuid('user_id').references(() => users.id, { onDelete: 'set null' }),
    /** The comment that it answers. */
    parentId: uuid('parent_id').references((): AnyPgColumn => projectComments.id, { onDelete: 'cascade' }),
    content: text('content').notNull(),
    contentType: text('content_type', { enum: ['text', 'markdown'] })
      .notNull()
      .default('text'),
    /** The node of the workflow that it is about, by its id in the definition. */
    nodeId: text('node_id'),
    positionX: doublePrecision('position_x'),
    positionY: doublePrecision('position_y'),
    isEdited: boolean('is_edited').notNull().default(false),
    resolvedAt: moment('resolved_at'),
    resolvedBy: uuid('resolved_by').references(() => users.id, { onDelete: 'set null' }),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    toProject('project_comments_project_fk', t),
    index('project_comments_project_id_idx').on(t.projectId, t.createdAt, t.id),
    index('project_comments_parent_id_idx').on(t.parentId),
    index('project_comments_user_id_idx').on(t.userId),
  ],
);
