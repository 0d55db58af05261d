import { sql } from 'drizzle-orm';
import { boolean, check, foreignKey, index, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { createdAt, id } from '../columns.ts';
import { createdBy } from './owners.ts';
import { workflows, workflowVersions } from './workflows.ts';

export const DEPLOYMENT_KINDS = ['publish', 'rollback', 'unpublish'] as const;

export type DeploymentKind = (typeof DEPLOYMENT_KINDS)[number];

/** What was made to run of a workflow, one after another; rows are only added. The last one says what runs now. */
export const workflowDeployments = pgTable(
  'workflow_deployments',
  {
    id: id(),
    workflowId: uuid('workflow_id').notNull(),
    workspaceId: uuid('workspace_id').notNull(),
    /** From 1 in each workflow, so that of two that are made at once only one is. */
    number: integer('number').notNull(),
    kind: text('kind', { enum: DEPLOYMENT_KINDS }).notNull(),
    /** What runs from then on; null where nothing is published any more. */
    version: integer('version'),
    /** What was published until then. */
    replacedVersion: integer('replaced_version'),
    note: text('note'),
    /** The replay that spoke for it, with what it had found then: the execution may be deleted since. */
    replayId: uuid('replay_id'),
    replayIsEqual: boolean('replay_is_equal'),
    replayDifferences: integer('replay_differences'),
    createdBy: createdBy(),
    createdAt: createdAt(),
  },
  (t) => [
    unique('workflow_deployments_number_key').on(t.workflowId, t.number),
    foreignKey({
      name: 'workflow_deployments_workflow_fk',
      columns: [t.workflowId, t.workspaceId],
      foreignColumns: [workflows.id, workflows.workspaceId],
    })
      .onUpdate('cascade')
      .onDelete('cascade'),
    // Whatever was deployed stays, so that it can be rolled back to.
    foreignKey({
      name: 'workflow_deployments_version_fk',
      columns: [t.workflowId, t.version],
      foreignColumns: [workflowVersions.workflowId, workflowVersions.version],
    }),
    index('workflow_deployments_version_idx').on(t.workflowId, t.version),
    index('workflow_deployments_replaced_idx').on(t.workflowId, t.replacedVersion),
    index('workflow_deployments_workspace_id_idx').on(t.workspaceId),
    index('workflow_deployments_created_by_idx').on(t.createdBy),
    check('workflow_deployments_version', sql`(${t.version} is null) = (${t.kind} = 'unpublish')`),
  ],
);
