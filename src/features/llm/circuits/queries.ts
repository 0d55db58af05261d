import { and, desc, eq, gt, isNull, ne, or } from 'drizzle-orm';
import type { CircuitView } from '../../../core/circuit.ts';
import type { Database } from '../../../db/client.ts';
import { llmCircuits } from '../../../db/schema/index.ts';
import type { Guarded } from './circuit.do.ts';

export type CircuitRow = typeof llmCircuits.$inferSelect;

export async function saveCircuit(
  db: Database,
  name: string,
  { provider, model, workspaceId }: Guarded,
  { state, calls, failedCalls, retryAt }: CircuitView,
): Promise<void> {
  const now = {
    state,
    calls,
    failedCalls,
    retryAt: retryAt === null ? null : new Date(retryAt),
    changedAt: new Date(),
  };
  await db
    .insert(llmCircuits)
    .values({ name, provider, model, workspaceId, ...now })
    .onConflictDoUpdate({ target: llmCircuits.name, set: now });
}

/** Those of the platform, and of the workspace's own endpoints. */
const isSeenBy = (workspaceId: string) => or(isNull(llmCircuits.workspaceId), eq(llmCircuits.workspaceId, workspaceId));

/** Those that let no call pass at this time. */
export const findOpenCircuits = (db: Database, workspaceId: string, now: Date) =>
  db
    .select({ name: llmCircuits.name, retryAt: llmCircuits.retryAt })
    .from(llmCircuits)
    .where(and(isSeenBy(workspaceId), ne(llmCircuits.state, 'closed'), gt(llmCircuits.retryAt, now)))
    .limit(500);

/** All of them: there are at most as many as models. */
export const findCircuits = (db: Database, workspaceId: string): Promise<CircuitRow[]> =>
  db
    .select()
    .from(llmCircuits)
    .where(isSeenBy(workspaceId))
    .orderBy(desc(llmCircuits.changedAt), llmCircuits.name)
    .limit(500);
