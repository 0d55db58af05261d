import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Database } from '../../../../db/client.ts';
import { webhookTriggers, workflows, workspaces } from '../../../../db/schema/index.ts';

/** The webhook at an address, of a workflow that is still in its workspace. */
export async function findHook(db: Database, hookId: string) {
  const [hook] = await db
    .select({ ...getTableColumns(webhookTriggers), latestVersion: sql<number>`${workflows.version}` })
    .from(webhookTriggers)
    .innerJoin(
      workflows,
      and(eq(workflows.id, webhookTriggers.workflowId), eq(workflows.workspaceId, webhookTriggers.workspaceId)),
    )
    .innerJoin(workspaces, and(eq(workspaces.id, webhookTriggers.workspaceId), eq(workspaces.status, 'active')))
    .where(eq(webhookTriggers.hookId, hookId));
  return hook;
}

export type Hook = NonNullable<Awaited<ReturnType<typeof findHook>>>;
