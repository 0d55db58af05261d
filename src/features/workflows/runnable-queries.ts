import { and, eq, or, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../db/client.ts';
import { workflows, workflowVersions } from '../../db/schema/index.ts';
import { isNotDeleted, isPublic } from './guard-queries.ts';

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
  const isOwn: SQL = eq(workflows.workspaceId, workspaceId);
  const isNamed = version !== undefined || stage === 'draft';
  const wanted = version ?? (stage === 'draft' ? workflows.version : liveVersion);
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
        eq(workflowVersions.version, wanted),
        isNamed ? or(isOwn, eq(workflowVersions.version, liveVersion)) : undefined,
      ),
    )
    .where(and(eq(workflows.id, workflowId), or(isOwn, isPublic), isNotDeleted));
}
