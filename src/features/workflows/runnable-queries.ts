import { and, eq, or, type SQL } from 'drizzle-orm';
import type { Database } from '../../db/client.ts';
import { workflows, workflowVersions } from '../../db/schema/index.ts';
import { isNotDeleted, isPublic } from './guard-queries.ts';

export type RunnableRequest = {
  workflowId: string | SQL;
  /** Where it is to run. */
  workspaceId: string | SQL;
  /** The present version where it is left out; of others' workflows that one alone. */
  version?: number | SQL | undefined;
};

/**
 * What an execution needs to know of its workflow, for a batch: one of the workspace, or one of others that is public.
 * No row where there is none, or no such version.
 */
export function selectRunnable(db: Database, { workflowId, workspaceId, version }: RunnableRequest) {
  const isOwn: SQL = eq(workflows.workspaceId, workspaceId);
  return db
    .select({
      id: workflows.id,
      name: workflows.name,
      /** Of the workflow; the executions of a public one belong to another. */
      workspaceId: workflows.workspaceId,
      /** Who wrote this version; others who run it grant what it may use of theirs. */
      createdBy: workflowVersions.createdBy,
      isPublic: workflows.isPublic,
      status: workflows.status,
      maxConcurrentExecutions: workflows.maxConcurrentExecutions,
      version: workflowVersions.version,
      definition: workflowVersions.definition,
    })
    .from(workflows)
    .innerJoin(
      workflowVersions,
      and(
        eq(workflowVersions.workflowId, workflows.id),
        version === undefined
          ? eq(workflowVersions.version, workflows.version)
          : and(eq(workflowVersions.version, version), or(isOwn, eq(workflows.version, version))),
      ),
    )
    .where(and(eq(workflows.id, workflowId), or(isOwn, isPublic), isNotDeleted));
}
