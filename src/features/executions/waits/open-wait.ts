import { digestUuid } from '../../../core/ids.ts';
import { sha256 } from '../../../core/crypto.ts';
import type { Ctx } from '../../../context.ts';
import { recordOnce } from '../../activities/index.ts';
import { dispatchLetters, queueLetter, writeLetter } from '../../mail/index.ts';
import { NodeError, type NewWait } from '../../nodes/index.ts';
import type { RunSpec } from '../runner/types.ts';
import { linkOf, tokenOf } from './link.ts';
import * as queries from './queries.ts';

/** Of those who may decide by their role, so many are told. */
const TOLD_LIMIT = 20;

type Place = { id: string; nodeKey: string; iteration: number[] };

/**
 * Writes down what a node waits for before anybody is told of it, and then tells those who may decide: together, and once,
 * however often it is done.
 * @throws {NodeError} `approver_unknown`
 */
export async function openWait(ctx: Ctx, spec: RunSpec, place: Place, wait: NewWait): Promise<void> {
  const { db, env } = ctx;
  const { workspaceId, executionId, userId } = spec;
  const approvers = wait.kind === 'approval' ? await requireApprovers(ctx, workspaceId, wait) : [];
  const row: queries.NewWaitRow = {
    ...place,
    executionId,
    workspaceId,
    kind: wait.kind,
    title: wait.title,
    message: wait.message,
    form: wait.form,
    approverIds: wait.approvers.length > 0 ? approvers : null,
    approverRole: wait.role,
    tokenDigest: wait.hasLink ? sha256(tokenOf(env, place.id)) : null,
    expiresAt: new Date(wait.expiresAt).toISOString(),
    createdBy: userId,
  };
  if (wait.kind === 'callback') return void (await queries.insertWait(db, row));
  const letters = await Promise.all(approvers.map((id) => letterTo(ctx, id, place.id, wait)));
  const activity = recordOnce(ctx, {
    id: digestUuid(place.id, 'activity'),
    workspaceId,
    userId: null,
    action: 'approval_requested',
    resourceId: place.id,
    metadata: { node: place.nodeKey, execution_id: executionId, told: approvers },
  });
  await db.batch([
    queries.insertWait(db, row),
    activity.statement,
    ...letters.map(({ userId: id, letter }) => queueLetter(ctx, letter, queries.isToldBy(id, letter.id))),
  ]);
  activity.announce();
  // Should the message be lost, the sweep sends them.
  ctx.waitUntil(
    dispatchLetters(
      ctx,
      letters.map(({ letter }) => letter.id),
    ).catch(() => {}),
  );
}

async function requireApprovers(ctx: Ctx, workspaceId: string, { approvers: names, role }: NewWait): Promise<string[]> {
  const found = await queries.findApprovers(ctx.db, workspaceId, { names, role, limit: TOLD_LIMIT });
  const unknown = names.filter((name) => !found.some((one) => one.names.includes(name)));
  if (unknown.length === 0) return found.map(({ id }) => id);
  throw new NodeError('approver_unknown', `No member who may run workflows is called ${unknown.join(', ')}.`);
}

/** The link goes to members alone, as all of these letters do, and lies encrypted until it is sent. */
async function letterTo(ctx: Ctx, userId: string, waitId: string, { title, message, hasLink }: NewWait) {
  const id = digestUuid(waitId, 'letter', userId);
  const items = [title, ...(message === null ? [] : [message])].join('\n');
  const letter = hasLink
    ? await writeLetter(ctx, 'approval_by_link', { items, link: linkOf(ctx.env, waitId) }, id)
    : await writeLetter(ctx, 'approval_requested', { items }, id);
  return { userId, letter };
}
