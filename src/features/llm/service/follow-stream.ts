import { requireUser, requireWorkspace } from '../../../core/actor.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { isCallOf } from '../queries.ts';
import { llmStream } from '../calls/stream-stub.ts';

/**
 * The frames of a call of the caller's own after that one, and those that come.
 * @throws {AppError} `not_found`, also once its answer is forgotten; `answer_abandoned` for one that never began
 */
export async function followStream(ctx: Ctx, callId: string, after: number): Promise<ReadableStream<Uint8Array>> {
  const workspace = requireWorkspace(ctx.actor);
  // Asked first: the object tells calls apart, and not whose they are.
  if (!(await isCallOf(ctx.db, callId, workspace.id, requireUser(ctx.actor).id))) throw notFound('stream');
  const stream = llmStream(ctx.env, { workspaceId: workspace.id, callId });
  const { ok, status, body } = await stream.open({ spec: null, callId, mode: 'sse', after });
  if (status === 404) throw notFound('stream');
  if (!ok || !body) throw new AppError('answer_abandoned');
  return body;
}
