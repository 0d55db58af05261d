import { and, desc, eq, lt, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { users, workflowDeployments, workflowReplays, workflows, workflowVersions } from '../../../db/schema/index.ts';
import type { WorkflowPlace } from '../guard-queries.ts';

const deployments = workflowDeployments;

const isOf = ({ workspaceId, workflowId }: WorkflowPlace): SQL =>
  and(eq(deployments.workflowId, workflowId), eq(deployments.workspaceId, workspaceId))!;

const columns = {
  id: deployments.id,
  workflowId: deployments.workflowId,
  number: deployments.number,
  kind: deployments.kind,
  version: deployments.version,
  replacedVersion: deployments.replacedVersion,
  note: deployments.note,
  replayId: deployments.replayId,
  replayIsEqual: deployments.replayIsEqual,
  replayDifferences: deployments.replayDifferences,
  createdBy: deployments.createdBy,
  creatorName: users.fullName,
  createdAt: deployments.createdAt,
};

const selectDeployments = (db: Database) =>
  db.select(columns).from(deployments).leftJoin(users, eq(users.id, deployments.createdBy));

/** The last ones first: one more than the limit. */
export const findDeployments = (
  db: Database,
  place: WorkflowPlace,
  { limit, offset, before }: { limit: number; offset: number; before: number | null },
) =>
  selectDeployments(db)
    .where(and(isOf(place), before === null ? undefined : lt(deployments.number, before)))
    .orderBy(desc(deployments.number))
    .limit(limit + 1)
    .offset(before === null ? offset : 0);

export type DeploymentRow = Awaited<ReturnType<typeof findDeployments>>[number];

export const findLast = (db: Database, place: WorkflowPlace) =>
  selectDeployments(db).where(isOf(place)).orderBy(desc(deployments.number)).limit(1);

export const findDeployment = (db: Database, place: WorkflowPlace, id: string) =>
  selectDeployments(db).where(and(isOf(place), eq(deployments.id, id)));

/** How a version was last made to run. */
export const findLastOf = (db: Database, place: WorkflowPlace, version: number, kind?: DeploymentRow['kind']) =>
  selectDeployments(db)
    .where(and(isOf(place), eq(deployments.version, version), kind && eq(deployments.kind, kind)))
    .orderBy(desc(deployments.number))
    .limit(1);

/** How many versions a workflow has that came after one of them. */
export const countAfter = (db: Database, { workspaceId, workflowId }: WorkflowPlace, version: number) =>
  db
    .select({ count: sql<number>`count(*)::int` })
    .from(workflowVersions)
    .where(
      and(
        eq(workflowVersions.workflowId, workflowId),
        eq(workflowVersions.workspaceId, workspaceId),
        sql`${workflowVersions.version} > ${version}::int`,
      ),
    );

/**
 * Replays by a version in the workflow's own workspace, those first that have passed: as many as decide.
 * @param versions `of`: the version that had done what they repeat; null for any
 */
export const findReplays = (
  db: Database,
  { workspaceId, workflowId }: WorkflowPlace,
  { version, of }: { version: number; of: number | null },
  id?: string,
) =>
  db
    .select({
      id: workflowReplays.executionId,
      isEqual: workflowReplays.isEqual,
      differences: workflowReplays.differences,
    })
    .from(workflowReplays)
    .where(
      and(
        eq(workflowReplays.workflowId, workflowId),
        eq(workflowReplays.workspaceId, workspaceId),
        eq(workflowReplays.version, version),
        of === null ? undefined : eq(workflowReplays.sourceVersion, of),
        id === undefined ? undefined : eq(workflowReplays.executionId, id),
      ),
    )
    .orderBy(sql`${workflowReplays.isEqual} desc nulls last`, desc(workflowReplays.createdAt))
    .limit(1);

export type ReplayRow = Awaited<ReturnType<typeof findReplays>>[number];

/** What holds for nothing. */
export const never: SQL = sql`false`;

/** Whether a workflow asks for no replay. */
export const needsNoReplay = ({ workspaceId, workflowId }: WorkflowPlace): SQL =>
  sql`exists (select from ${workflows} where ${workflows.id} = ${workflowId}::uuid
    and ${workflows.workspaceId} = ${workspaceId}::uuid and not ${workflows.publishRequiresReplay})`;

export type NewDeployment = typeof deployments.$inferInsert & { id: string; number: number };

export const insertDeployment = (db: Database, row: NewDeployment) => db.insert(deployments).values(row);

export const setPublished = (db: Database, { workspaceId, workflowId }: WorkflowPlace, version: number | null) =>
  db
    .update(workflows)
    .set({ publishedVersion: version })
    .where(and(eq(workflows.id, workflowId), eq(workflows.workspaceId, workspaceId)));
