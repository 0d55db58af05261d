import { createHash } from 'node:crypto';
import { requireUser, requireWorkspace } from '../../core/actor.ts';
import { AppError, notFound } from '../../core/errors.ts';
import { describeError, logEvent } from '../../core/log.ts';
import type { Page } from '../../core/pagination.ts';
import type { Ctx } from '../../context.ts';
import { workspaceFolder } from '../../platform/storage/workspace-objects.ts';
import { pathFault } from './path.ts';
import * as queries from './queries.ts';
import type { ListFilesQuery, WorkflowFile } from './schemas.ts';

/** What one file has at most. */
export const FILE_BYTES = 10 * 1024 * 1024;

const RESOURCE = 'file';

/** Files of the workspace by their paths. @throws {AppError} `validation_failed` for a cursor that is none */
export async function listFiles(ctx: Ctx, { prefix, limit, cursor }: ListFilesQuery): Promise<Page<WorkflowFile>> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const after = cursor === undefined ? null : decode(cursor);
  const rows = await queries.findFiles(ctx.db, { workspaceId, prefix, after, limit });
  const last = rows[limit - 1];
  return {
    items: rows.slice(0, limit).map(present),
    nextCursor: rows.length > limit && last ? Buffer.from(last.path).toString('base64url') : null,
  };
}

export type OpenFile = { file: WorkflowFile; content: R2ObjectBody };

/** @throws {AppError} `not_found`, `validation_failed` or `service_unavailable` */
export async function openFile(ctx: Ctx, path: string): Promise<OpenFile> {
  const place = placeOf(ctx, path);
  // What is overwritten between the two is looked for where it lies now.
  for (let tries = 1; tries <= 3; tries++) {
    const [row] = await queries.findFile(ctx.db, place);
    if (!row) throw notFound(RESOURCE);
    const content = await ctx.env.STORAGE.get(row.objectKey);
    if (content) return { file: present(row), content };
  }
  throw new AppError('service_unavailable', { params: { service: 'storage' } });
}

export type FileContent = {
  bytes: Uint8Array;
  contentType: string;
  /** Versions of the file that it may replace, 0 for none; null for any. */
  versions: number[] | null;
};

/**
 * Writes a file, in place of one that has the path: the object first, then the row that leads to it, and at last the former
 * object goes. Whoever reads meanwhile gets the one or the other whole.
 * @throws {AppError} `validation_failed`, `payload_too_large`, `limit_reached` (storage), `precondition_failed`
 */
export async function writeFile(
  ctx: Ctx,
  path: string,
  { bytes, contentType, versions }: FileContent,
): Promise<WorkflowFile> {
  const place = placeOf(ctx, path);
  if (bytes.byteLength > FILE_BYTES) throw new AppError('payload_too_large', { params: { limit: FILE_BYTES } });
  const { STORAGE } = ctx.env;
  const objectKey = `${workspaceFolder('files', place.workspaceId)}${crypto.randomUUID()}`;
  await STORAGE.put(objectKey, bytes);
  let written: queries.Written | undefined;
  try {
    const file = {
      ...place,
      sizeBytes: bytes.byteLength,
      contentType,
      checksum: createHash('sha256').update(bytes).digest('hex'),
      objectKey,
      userId: requireUser(ctx.actor).id,
      versions,
    };
    written = await queries.saveFile(ctx.db, file);
    // Of two that make a file at once, the second writes over what the first has made.
    if (!written && versions === null) written = await queries.saveFile(ctx.db, file);
    if (!written) throw new AppError('precondition_failed');
  } catch (error) {
    discard(ctx, objectKey);
    throw error;
  }
  if (written.formerKey !== null) discard(ctx, written.formerKey);
  return present(written.file);
}

/** @throws {AppError} `not_found`, `precondition_failed` or `validation_failed` */
export async function deleteFile(ctx: Ctx, path: string, versions: number[] | null = null): Promise<void> {
  const place = placeOf(ctx, path);
  const objectKey = await queries.deleteFile(ctx.db, place, versions);
  if (objectKey !== undefined) return discard(ctx, objectKey);
  const [row] = versions === null ? [] : await queries.findFile(ctx.db, place);
  throw row ? new AppError('precondition_failed') : notFound(RESOURCE);
}

/** Whether a workflow may use the files: one of the workspace, not one of strangers that somebody runs here. */
export const mayUseFiles = (ctx: Ctx, workflowId: string): Promise<boolean> =>
  queries.isWorkflowOf(ctx.db, requireWorkspace(ctx.actor).id, workflowId);

function placeOf({ actor }: Ctx, path: string): queries.FilePlace {
  const fault = pathFault(path);
  if (fault)
    throw new AppError('validation_failed', { fields: [{ loc: ['query', 'path'], msg: fault, type: 'path' }] });
  return { workspaceId: requireWorkspace(actor).id, path };
}

/** Nothing leads to it: should it stay, it goes with the workspace. */
function discard(ctx: Ctx, objectKey: string): void {
  ctx.waitUntil(
    ctx.env.STORAGE.delete(objectKey).catch((error: unknown) =>
      logEvent('warn', 'file_object_left', { object_key: objectKey, error: describeError(error) }),
    ),
  );
}

function decode(cursor: string): string {
  const path = Buffer.from(cursor, 'base64url').toString();
  if (pathFault(path) === null) return path;
  const msg = 'is not a cursor that this API gave';
  throw new AppError('validation_failed', { fields: [{ loc: ['query', 'cursor'], msg, type: 'cursor' }] });
}

const present = (row: queries.FileRow): WorkflowFile => ({
  id: row.id,
  workspace_id: row.workspaceId,
  path: row.path,
  size_bytes: row.sizeBytes,
  content_type: row.contentType,
  checksum: row.checksum,
  version: row.version,
  created_by: row.createdBy,
  updated_by: row.updatedBy,
  created_at: row.createdAt.toISOString(),
  updated_at: row.updatedAt.toISOString(),
});
