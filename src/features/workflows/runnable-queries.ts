import { sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../db/client.ts';
import { workflows, type WorkflowDefinition, type WORKFLOW_STATUSES } from '../../db/schema/index.ts';

/** What is meant of a workflow where no version is named: what is published, or what its authors are at. */
export const STAGES = ['published', 'draft'] as const;

export type Stage = (typeof STAGES)[number];

export type RunnableRequest = {
  workflowId: string | SQL;
  /** Where it is to run. */
  workspaceId: string | SQL;
  /** Wins over the stage; of others' workflows only the published one. */
  version?: number | SQL | undefined;
  /** `published` where it is left out; the draft is there for the workflow's own workspace alone. */
  stage?: Stage | undefined;
};

/** The version that runs where none is named: the published one, or the present one where nothing is published. */
export const liveVersion: SQL<number> = sql`coalesce(${workflows.publishedVersion}, ${workflows.version})`;

/**
 * What an execution needs to know of its workflow, for a batch: one of the workspace, or one of others that is public.
 * No row where there is none, or no such version.
 */
export function selectRunnable(db: Database, { workflowId, workspaceId, version, stage }: RunnableRequest) {
  const wanted = sql`${version ?? null}::int, ${stage ?? null}::text`;
  return db
    .select({
      id: sql<string>`runnable.id`,
      name: sql<string>`runnable.name`,
      /** Of the workflow; the executions of a public one belong to another. */
      workspaceId: sql<string>`runnable.workspace_id`,
      /** Who wrote this version; others who run it grant what it may use of theirs. */
      createdBy: sql<string | null>`runnable.created_by`,
      isPublic: sql<boolean>`runnable.is_public`,
      status: sql<(typeof WORKFLOW_STATUSES)[number]>`runnable.status`,
      maxConcurrentExecutions: sql<number | null>`runnable.max_concurrent_executions`,
      version: sql<number>`runnable.version`,
      definition: sql<WorkflowDefinition>`runnable.definition`,
    })
    .from(sql`runnable_version(${workflowId}::uuid, ${workspaceId}::uuid, ${wanted}) as runnable`);
}
