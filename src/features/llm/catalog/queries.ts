import { and, desc, eq, gt, inArray, lt, sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { llmCatalogChanges, llmCatalogVersion, llmHealth, llms } from '../../../db/schema/index.ts';
import type { CatalogModel } from '../../../platform/llm/bundled-models.ts';

export type ModelRow = typeof llms.$inferSelect;

/** How a model has done in the last 24 hours; none where nobody has called it. */
type HealthRow = typeof llmHealth.$inferSelect;

/** The same as caches hold it. */
export type Health = Omit<HealthRow, 'updatedAt'> & { updatedAt: string };

/** All models with their health and the version of the catalogue, as one snapshot and in one round trip. */
export async function readCatalog(
  db: Database,
): Promise<{ models: CatalogModel[]; health: Health[]; version: number | null }> {
  const [models, health, [state]] = await db.batch([
    db.select().from(llms).orderBy(llms.provider, llms.name),
    db.select().from(llmHealth),
    selectVersion(db),
  ]);
  return { models: models.map(toCatalogModel), health: health.map(toHealth), version: state?.version ?? null };
}

/** The version of the catalogue: in the transaction of a change, the one that the change has made. */
export const selectVersion = (db: Database) =>
  db.select({ version: llmCatalogVersion.version }).from(llmCatalogVersion);

/** A row as caches hold it. */
export const toCatalogModel = (row: ModelRow): CatalogModel => ({
  ...row,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
});

const toHealth = (row: HealthRow): Health => ({ ...row, updatedAt: row.updatedAt.toISOString() });

export const insertModel = (db: Database, model: typeof llms.$inferInsert) => db.insert(llms).values(model).returning();

/** Changes a model, if it is one of these versions; null stands for any. */
export const updateModel = (
  db: Database,
  id: string,
  changes: Partial<typeof llms.$inferInsert>,
  versions: number[] | null,
) =>
  db
    .update(llms)
    .set({ ...changes, version: sql`${llms.version} + 1` })
    .where(and(eq(llms.id, id), versions === null ? undefined : inArray(llms.version, versions)))
    .returning();

export async function findModel(db: Database, id: string): Promise<ModelRow | undefined> {
  const [row] = await db.select().from(llms).where(eq(llms.id, id));
  return row;
}

export type ChangeRow = typeof llmCatalogChanges.$inferSelect;

export type ChangeFilter = { llmId?: string; after?: number; before?: number; limit: number };

/** Changes after a number, the oldest first; else the latest ones, the newest first. One more than the limit. */
export function findChanges(db: Database, { llmId, after, before, limit }: ChangeFilter): Promise<ChangeRow[]> {
  return db
    .select()
    .from(llmCatalogChanges)
    .where(
      and(
        llmId === undefined ? undefined : eq(llmCatalogChanges.llmId, llmId),
        after === undefined ? undefined : gt(llmCatalogChanges.id, after),
        before === undefined ? undefined : lt(llmCatalogChanges.id, before),
      ),
    )
    .orderBy(after === undefined ? desc(llmCatalogChanges.id) : llmCatalogChanges.id)
    .limit(limit + 1);
}

/**
 * Works out how each model has done since `since`: failures are those that the caller could do nothing about, which
 * are no answer, too many requests, and faults of the provider. Calls that were made elsewhere say what their caller
 * likes, and do not count. Models that nobody has called are forgotten.
 */
export async function refreshHealth(db: Database, since: Date, now: Date): Promise<void> {
  await db.batch([
    db.execute(sql`
      insert into llm_health (llm_id, calls, failed_calls, average_latency_ms, average_first_token_ms, updated_at)
      select u.llm_id, count(*), count(*) filter (
          where u.status = 'interrupted' or (
            u.status = 'error' and (api_status_code is null or api_status_code = 429 or api_status_code not between 400 and 499)
          )
        ), coalesce(avg(latency_ms), 0)::int, avg(first_token_ms)::int, ${now.toISOString()}::timestamptz
      from llms_usage_logs u join llm_calls c on c.id = u.call_id
      where u.created_at >= ${since.toISOString()}::timestamptz and u.llm_id is not null and u.status <> 'cancelled'
        and c.operation <> 'external'
      group by u.llm_id
      on conflict (llm_id) do update set calls = excluded.calls, failed_calls = excluded.failed_calls,
        average_latency_ms = excluded.average_latency_ms, average_first_token_ms = excluded.average_first_token_ms,
        updated_at = excluded.updated_at`),
    db.delete(llmHealth).where(lt(llmHealth.updatedAt, now)),
  ]);
}
