import { requireUser } from '../../../core/actor.ts';
import type { Ctx } from '../../../context.ts';
import { retryDeadlocks } from '../../../db/deadlocks.ts';
import { recordEach } from '../../activities/index.ts';
import { auditEach } from '../../audit/index.ts';
import { forgetBasicLogins } from '../identity/basic-logins.ts';
import { checkPassword, type ProvenAccount } from '../password-check.ts';
import * as queries from './deletion-queries.ts';
import { lockAccount } from './queries.ts';

/**
 * Removes the caller's account for good, with all that is personal and the workspaces that are theirs alone. Those that
 * have another owner go into that one's name; the others that they were a member of stay.
 * @throws {AppError} `wrong_password`, `login_throttled`, `sole_owner`, and what the plan of a next owner refuses
 */
export async function deleteAccount(ctx: Ctx, password: string): Promise<void> {
  const { email } = requireUser(ctx.actor);
  const proven = await checkPassword(ctx, { login: email, password }, 'wrong_password');
  await retryDeadlocks(() => eraseAccount(ctx, proven));
  forgetBasicLogins(proven.user.id);
}

async function eraseAccount(ctx: Ctx, { user: { id }, forgiven }: ProvenAccount): Promise<void> {
  const { db } = ctx;
  const transfers = recordEach(ctx, 'workspace_transferred', queries.handedOver(id));
  const departures = recordEach(ctx, 'member_left', queries.left(id));
  const [, , , , , transferred, , , departed] = await db.batch([
    forgiven,
    queries.lockWorkspacesOf(db, id),
    lockAccount(db, id),
    // Whatever they have joined or made between these locks.
    queries.lockWorkspacesOf(db, id),
    queries.refuseSoleOwner(db, id),
    transfers.statement,
    auditEach(ctx, queries.handedOver(id), 'workspace.transferred'),
    queries.handOver(db, id),
    departures.statement,
    auditEach(ctx, queries.left(id), 'member.left'),
    queries.deleteAccount(db, id),
  ]);
  transfers.announce(transferred.rows);
  departures.announce(departed.rows);
}
