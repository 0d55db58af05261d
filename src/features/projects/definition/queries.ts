import { and, eq, inArray, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { projects, workflows, type WorkflowDefinition } from '../../../db/schema/index.ts';
import type { ProjectPlace } from '../guard-queries.ts';

/** What belongs to a project that is there: its workflow, by id. */
const workflowOf = ({ workspaceId, projectId }: ProjectPlace): SQL => sql`(
  select p.workflow_id from ${projects} p
  where p.id = ${projectId}::uuid and p.workspace_id = ${workspaceId}::uuid and p.status <> 'deleted'
)`;

const isOf = (place: ProjectPlace): SQL => eq(workflows.id, workflowOf(place));

export function findWorkflow(db: Database, place: ProjectPlace) {
  return db
    .select({
      id: workflows.id,
      definition: workflows.definition,
      version: workflows.version,
      updatedAt: workflows.updatedAt,
    })
    .from(workflows)
    .where(isOf(place));
}

export type WorkflowRow = Awaited<ReturnType<typeof findWorkflow>>[number];

/** Whether the workflow is one of these versions; null stands for any. */
export function isOfVersion(place: ProjectPlace, versions: number[] | null): SQL {
  const fits = versions === null ? undefined : inArray(workflows.version, versions);
  return sql`exists (select from ${workflows} where ${and(isOf(place), fits)})`;
}

/** Whether the definition, as it is kept, is no longer than so many bytes. */
export function isWithin(place: ProjectPlace, bytes: number): SQL {
  return sql`exists (select from ${workflows} where ${isOf(place)} and ${workflows.sizeBytes} <= ${bytes})`;
}

/** Replaces the definition, in somebody's name; gives everything but that back. */
export const updateDefinition = (
  db: Database,
  place: ProjectPlace,
  definition: WorkflowDefinition | SQL,
  updatedBy: string,
) =>
  db
    .update(workflows)
    .set({ definition, updatedBy, version: sql`${workflows.version} + 1` })
    .where(isOf(place))
    .returning({ id: workflows.id, version: workflows.version, updatedAt: workflows.updatedAt });

/** Notes that the workflow was changed just now; the settings, and with them the version, stay as they are. */
export const touchProject = (db: Database, { workspaceId, projectId }: ProjectPlace) =>
  db
    .update(projects)
    .set({ lastEditedAt: sql`now()` })
    .where(and(eq(projects.id, projectId), eq(projects.workspaceId, workspaceId)));
