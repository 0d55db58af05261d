import { and, desc, eq, lt, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { users, workflowDeployments, workflows, workflowVersions } from '../../../db/schema/index.ts';
import type { WorkflowPlace } from '../guard-queries.ts';

const isOf = ({ workspaceId, workflowId }: WorkflowPlace): SQL =>
  and(eq(workflowVersions.workflowId, workflowId), eq(workflowVersions.workspaceId, workspaceId))!;

const isOne = (place: WorkflowPlace, version: number): SQL => and(isOf(place), eq(workflowVersions.version, version))!;

/** What became of a version: it is what runs, was until another one was published or rolled back to, or never was. */
export const VERSION_STAGES = ['draft', 'published', 'superseded', 'rolled_back'] as const;

type VersionStage = (typeof VERSION_STAGES)[number];

const listedColumns = {
  workflowId: workflowVersions.workflowId,
  version: workflowVersions.version,
  note: workflowVersions.note,
  createdBy: workflowVersions.createdBy,
  creatorName: users.fullName,
  isCurrent: sql<boolean>`${workflowVersions.version} = ${workflows.version}`,
  stage: sql<VersionStage>`case when ${workflowVersions.version} = ${workflows.publishedVersion} then 'published' else coalesce((
      select case d.kind when 'rollback' then 'rolled_back' else 'superseded' end from ${workflowDeployments} d
      where d.workflow_id = ${workflowVersions.workflowId} and d.replaced_version = ${workflowVersions.version}
      order by d.number desc limit 1
    ), 'draft') end`,
  totalNodes: sql<number>`jsonb_array_length(${workflowVersions.definition} -> 'nodes')`,
  createdAt: workflowVersions.createdAt,
};

const columns = { ...listedColumns, definition: workflowVersions.definition };

const ofWorkflow = eq(workflows.id, workflowVersions.workflowId);
const byCreator = eq(users.id, workflowVersions.createdBy);

const selectVersions = (db: Database) =>
  db.select(columns).from(workflowVersions).innerJoin(workflows, ofWorkflow).leftJoin(users, byCreator);

/** Versions without what they hold, the newest first: one more than the limit. */
export function findVersions(
  db: Database,
  place: WorkflowPlace,
  { limit, offset, before }: { limit: number; offset: number; before: number | null },
) {
  return db
    .select(listedColumns)
    .from(workflowVersions)
    .innerJoin(workflows, ofWorkflow)
    .leftJoin(users, byCreator)
    .where(and(isOf(place), before === null ? undefined : lt(workflowVersions.version, before)))
    .orderBy(desc(workflowVersions.version))
    .limit(limit + 1)
    .offset(before === null ? offset : 0);
}

export type ListedRow = Awaited<ReturnType<typeof findVersions>>[number];

export const findVersion = (db: Database, place: WorkflowPlace, version: number) =>
  selectVersions(db).where(isOne(place, version));

export type VersionRow = Awaited<ReturnType<typeof findVersion>>[number];

/** What the workflow does now, as its version holds it. */
export const findCurrent = (db: Database, place: WorkflowPlace) =>
  selectVersions(db).where(and(isOf(place), eq(workflowVersions.version, workflows.version)));

export const isPresent = (place: WorkflowPlace, version: number): SQL =>
  sql`exists (select from ${workflowVersions} where ${isOne(place, version)})`;

export const updateNote = (db: Database, place: WorkflowPlace, version: number, note: string | null) =>
  db.update(workflowVersions).set({ note }).where(isOne(place, version));

/** Notes what the present version is. */
export const noteCurrent = (db: Database, place: WorkflowPlace, note: string) =>
  db
    .update(workflowVersions)
    .set({ note })
    .where(
      and(
        isOf(place),
        eq(
          workflowVersions.version,
          sql`(select ${workflows.version} from ${workflows} where ${workflows.id} = ${place.workflowId}::uuid)`,
        ),
      ),
    );

/** Makes a workflow do what it did in a version, which is its next one. */
export const restoreVersion = (db: Database, place: WorkflowPlace, version: number, updatedBy: string) =>
  db
    .update(workflows)
    .set({
      definition: sql`(select ${workflowVersions.definition} from ${workflowVersions} where ${isOne(place, version)})`,
      version: sql`${workflows.version} + 1`,
      updatedBy,
    })
    .where(and(eq(workflows.id, place.workflowId), eq(workflows.workspaceId, place.workspaceId)));

/** Deletes versions that are older than the last `kept` of their workflow, that no execution refers to, and that never ran for all. */
export async function deleteOldVersions(db: Database, kept: number, limit: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    delete from ${workflowVersions} where (workflow_id, version) in (
      select v.workflow_id, v.version from ${workflows} w
      join ${workflowVersions} v on v.workflow_id = w.id and v.version <= w.version - ${kept}::int
      where w.version > ${kept}::int and not exists (
        select from workflow_executions e where e.workflow_id = v.workflow_id and e.workflow_version = v.version
      ) and not exists (
        select from ${workflowDeployments} d where d.workflow_id = v.workflow_id and d.version = v.version
      ) limit ${limit}
    )`);
  return rowCount;
}
