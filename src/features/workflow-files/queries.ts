import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { Database } from '../../db/client.ts';
import { listOf } from '../../db/lists.ts';
import { workflowFiles, workflows } from '../../db/schema/index.ts';

export type FileRow = typeof workflowFiles.$inferSelect;

export type FilePlace = { workspaceId: string; path: string };

const isOne = ({ workspaceId, path }: FilePlace) =>
  and(eq(workflowFiles.workspaceId, workspaceId), eq(workflowFiles.path, path));

export const findFile = (db: Database, place: FilePlace): Promise<FileRow[]> =>
  db.select().from(workflowFiles).where(isOne(place));

export type FileListing = { workspaceId: string; prefix: string; after: string | null; limit: number };

/** Files by their paths: one more than the limit. */
export const findFiles = (db: Database, { workspaceId, prefix, after, limit }: FileListing): Promise<FileRow[]> =>
  db
    .select()
    .from(workflowFiles)
    .where(
      and(
        eq(workflowFiles.workspaceId, workspaceId),
        prefix === '' ? undefined : sql`starts_with(${workflowFiles.path}, ${prefix})`,
        after === null ? undefined : gt(workflowFiles.path, after),
      ),
    )
    .orderBy(asc(workflowFiles.path))
    .limit(limit + 1);

export type NewFile = FilePlace &
  Pick<FileRow, 'sizeBytes' | 'contentType' | 'checksum' | 'objectKey'> & {
    userId: string;
    /** Of the file that it replaces: these alone, 0 for none; null for any. */
    versions: number[] | null;
  };

/** The file as it was written, and where the object before lies, which nothing leads to then. */
export type Written = { file: FileRow; formerKey: string | null };

type WrittenRow = {
  id: string;
  version: number;
  created_by: string | null;
  created_at: string;
  updated_at: string;
  former_key: string | null;
};

/** Has a path lead to a new object. Nothing where the file has another version than it was to have. */
export async function saveFile(db: Database, file: NewFile): Promise<Written | undefined> {
  const isWanted = file.versions === null ? sql`true` : sql`f.version in ${listOf(file.versions, 'int')}`;
  const mayBeNew = file.versions === null || file.versions.includes(0);
  const { rows } = await db.execute<WrittenRow>(sql`
    with former as (
      select f.id, f.object_key from workflow_files f
      where f.workspace_id = ${file.workspaceId}::uuid and f.path = ${file.path} for update
    ), changed as (
      update workflow_files f set size_bytes = ${file.sizeBytes}::bigint, content_type = ${file.contentType},
        checksum = ${file.checksum}, object_key = ${file.objectKey}, version = f.version + 1,
        updated_by = ${file.userId}::uuid, updated_at = now()
      from former where f.id = former.id and ${isWanted}
      returning f.id, f.version, f.created_by, f.created_at, f.updated_at, former.object_key as former_key
    ), made as (
      insert into workflow_files (workspace_id, path, size_bytes, content_type, checksum, object_key, created_by, updated_by)
      select ${file.workspaceId}::uuid, ${file.path}, ${file.sizeBytes}::bigint, ${file.contentType}, ${file.checksum},
        ${file.objectKey}, ${file.userId}::uuid, ${file.userId}::uuid
      where ${mayBeNew} and not exists (select from former)
      on conflict do nothing
      returning id, version, created_by, created_at, updated_at, null::text as former_key
    )
    select * from changed union all select * from made`);
  const [row] = rows;
  if (!row) return undefined;
  const { userId, versions: _, ...written } = file;
  return {
    file: {
      ...written,
      id: row.id,
      version: row.version,
      createdBy: row.created_by,
      updatedBy: userId,
      createdAt: new Date(row.created_at),
      updatedAt: new Date(row.updated_at),
    },
    formerKey: row.former_key,
  };
}

export async function deleteFile(
  db: Database,
  place: FilePlace,
  versions: number[] | null,
): Promise<string | undefined> {
  const isWanted = versions === null ? undefined : sql`${workflowFiles.version} in ${listOf(versions, 'int')}`;
  const [row] = await db
    .delete(workflowFiles)
    .where(and(isOne(place), isWanted))
    .returning({ objectKey: workflowFiles.objectKey });
  return row?.objectKey;
}

/** Whether a workflow belongs to a workspace, and not to strangers. */
export async function isWorkflowOf(db: Database, workspaceId: string, workflowId: string): Promise<boolean> {
  const rows = await db
    .select({ id: workflows.id })
    .from(workflows)
    .where(and(eq(workflows.id, workflowId), eq(workflows.workspaceId, workspaceId)));
  return rows.length > 0;
}
