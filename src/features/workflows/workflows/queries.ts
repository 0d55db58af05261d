import { and, eq, inArray, or, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import {
  projects,
  workflowExecutions,
  workflowRatings,
  workflows,
  workflowVersions,
  workspaceMembers,
  type WorkflowDefinition,
} from '../../../db/schema/index.ts';
import { isNotDeleted, isPublic, type WorkflowPlace } from '../guard-queries.ts';

/** Whether a workspace that reads a workflow sees what runs instead of what its authors are at. */
const seesLive = (readerId: string): SQL =>
  sql`${workflows.publishedVersion} is not null and ${workflows.workspaceId} <> ${readerId}::uuid`;

/** A workflow as a workspace sees it: others see what is published, as far as anything is. */
export const workflowColumns = (readerId: string) => ({
  ...columns,
  version: sql<number>`case when ${seesLive(readerId)} then ${workflows.publishedVersion} else ${workflows.version} end`,
  definition: sql<WorkflowDefinition>`case when ${seesLive(readerId)} then (
      select v.definition from ${workflowVersions} v where v.workflow_id = ${workflows.id} and v.version = ${workflows.publishedVersion}
    ) else ${workflows.definition} end`,
});

const columns = {
  id: workflows.id,
  workspaceId: workflows.workspaceId,
  createdBy: workflows.createdBy,
  updatedBy: workflows.updatedBy,
  name: workflows.name,
  description: workflows.description,
  category: workflows.category,
  tags: workflows.tags,
  isPublic: workflows.isPublic,
  status: workflows.status,
  thumbnailUrl: workflows.thumbnailUrl,
  publishedVersion: workflows.publishedVersion,
  publishRequiresReplay: workflows.publishRequiresReplay,
  maxConcurrentExecutions: workflows.maxConcurrentExecutions,
  downloadsCount: workflows.downloadsCount,
  ratingCount: workflows.ratingCount,
  ratingTotal: workflows.ratingTotal,
  executionCount: workflows.executionCount,
  lastExecutedAt: workflows.lastExecutedAt,
  createdAt: workflows.createdAt,
  updatedAt: workflows.updatedAt,
};

const isOne = ({ workspaceId, workflowId }: WorkflowPlace): SQL =>
  and(eq(workflows.id, workflowId), eq(workflows.workspaceId, workspaceId))!;

/** A workflow of the workspace, or one of others that is public. */
export const findWorkflow = (db: Database, { workspaceId, workflowId }: WorkflowPlace) =>
  db
    .select(workflowColumns(workspaceId))
    .from(workflows)
    .where(and(eq(workflows.id, workflowId), or(eq(workflows.workspaceId, workspaceId), isPublic), isNotDeleted));

export type WorkflowRow = Awaited<ReturnType<typeof findWorkflow>>[number];

export type NewWorkflow = typeof workflows.$inferInsert & { id: string; createdBy: string };

export const insertWorkflow = (db: Database, row: NewWorkflow) => db.insert(workflows).values(row);

export type WorkflowChanges = Partial<
  Pick<
    WorkflowRow,
    | 'name'
    | 'description'
    | 'category'
    | 'tags'
    | 'isPublic'
    | 'status'
    | 'thumbnailUrl'
    | 'maxConcurrentExecutions'
    | 'publishRequiresReplay'
    | 'definition'
  >
>;

/** Only another definition is another version, in the name of whoever made it. */
export function updateWorkflow(db: Database, place: WorkflowPlace, changes: WorkflowChanges, updatedBy: string) {
  const { definition, ...others } = changes;
  if (definition === undefined) return db.update(workflows).set(others).where(isOne(place));
  return db
    .update(workflows)
    .set({
      ...others,
      definition: sql`given.definition`,
      version: sql`${workflows.version} + case when ${differs} then 1 else 0 end`,
      updatedBy: sql`case when ${differs} then ${updatedBy}::uuid else ${workflows.updatedBy} end`,
    })
    .from(given(definition))
    .where(isOne(place));
}

/** Long, and so sent once. */
const given = (definition: WorkflowDefinition): SQL =>
  sql`(select ${JSON.stringify(definition)}::jsonb as definition) given`;

const differs = sql`${workflows.definition} is distinct from given.definition`;

/** Executions of a workflow that have not ended, by the workspace in which they run: a public one runs in many. */
export const findOpenExecutions = (db: Database, { workflowId }: WorkflowPlace) =>
  db.execute<{ workspace_id: string; ids: string[] }>(sql`
    select e.workspace_id, array_agg(e.id::text) as ids from ${workflowExecutions} e
    where e.workflow_id = ${workflowId}::uuid and e.next_check_at is not null group by 1`);

export const deleteWorkflow = (db: Database, place: WorkflowPlace) => db.delete(workflows).where(isOne(place));

/** Counts that somebody took a public workflow of others. */
export const countDownload = (db: Database, workflowId: string) =>
  db.execute(sql`
    update ${workflows} set downloads_count = downloads_count + 1 where id = ${workflowId}::uuid and is_public`);

/** Whether no project has it: a deleted one has it still, as long as it can be restored. */
export const isOfNoProject = ({ workflowId }: WorkflowPlace): SQL =>
  sql`not exists (select from ${projects} p where p.workflow_id = ${workflowId}::uuid)`;

/** Whether the workflow is one of these versions; null stands for any. */
export function isOfVersion(place: WorkflowPlace, versions: number[] | null): SQL {
  const fits = versions === null ? undefined : inArray(workflows.version, versions);
  return sql`exists (select from ${workflows} where ${and(isOne(place), fits)})`;
}

/** Whether the definition, as it is kept, is no longer than so many bytes. */
export function isWithin(place: WorkflowPlace, bytes: number): SQL {
  return sql`exists (select from ${workflows} where ${isOne(place)} and ${workflows.sizeBytes} <= ${bytes})`;
}

/** Whether somebody is no member of the workspace that a workflow belongs to. */
export const isOfNoMember = (workflowId: string, userId: string): SQL =>
  sql`not exists (
    select from ${workflows} f join ${workspaceMembers} m on m.workspace_id = f.workspace_id
    where f.id = ${workflowId}::uuid and m.user_id = ${userId}::uuid
  )`;

/** Whether a workflow is there for everybody. */
export const isOpen = (workflowId: string): SQL =>
  sql`exists (select from ${workflows} where ${workflows.id} = ${workflowId}::uuid and ${isPublic} and ${isNotDeleted})`;

/** What somebody thinks of a workflow, in place of what they thought before. A trigger adds it up. */
export const putRating = (db: Database, workflowId: string, userId: string, rating: number) =>
  db
    .insert(workflowRatings)
    .values({ workflowId, userId, rating })
    .onConflictDoUpdate({
      target: [workflowRatings.workflowId, workflowRatings.userId],
      set: { rating, updatedAt: sql`now()` },
    });
