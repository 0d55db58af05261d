import type { Ctx } from '../../../context.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { purge } from '../../../db/purge.ts';
import { deleteWorkspaceObjects } from '../../../platform/storage/workspace-objects.ts';
import { BULKY_TABLES, deleteForGood, deleteRows, findPurgeable } from './queries.ts';

/** Workspaces that one run erases; the rest waits for the next. */
const WORKSPACES_PER_RUN = 100;

/**
 * Erases workspaces that can no longer be restored: first what one of them may have very many of, in portions, and its
 * objects, then the workspace with all the rest, which its foreign keys take along.
 */
export async function purgeWorkspaces({ db, env }: Ctx, now: Date): Promise<void> {
  const failures: unknown[] = [];
  for (const id of await findPurgeable(db, now, WORKSPACES_PER_RUN)) {
    try {
      for (const table of BULKY_TABLES) await purge((limit) => deleteRows(db, table, id, limit));
      await deleteWorkspaceObjects(env.STORAGE, id);
      await deleteForGood(db, id);
    } catch (error) {
      // One that cannot be erased must not keep those after it for ever.
      logEvent('error', 'workspace_not_purged', { workspace_id: id, error: describeError(error) });
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
