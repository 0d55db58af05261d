import { requireUser, requireWorkspace } from '../../../core/actor.ts';
import { notFound } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import type { Restart } from '../../../db/schema/index.ts';
import { requireRunnable } from '../../workflows/index.ts';
import { compareExecutions } from '../diff/compare.ts';
import { isEnded } from '../events.ts';
import { findRestart } from '../restart/queries.ts';
import { inherit, originOf, requireTarget } from '../restart/service.ts';
import { notSuitable, requireRecorded, requireSource } from '../restart/source.ts';
import { awaitEnd, type Progress } from '../start/service.ts';
import { startExecution } from '../start/start-execution.ts';
import { judgeReplays } from './judge.ts';
import { findVerdict, insertReplay } from './queries.ts';
import type { ReplayRequest } from './schemas.ts';

/**
 * Starts an execution that repeats another one from its record, by a version or a definition that is none yet: nothing is
 * called, sent or spent.
 * @throws {AppError} `not_found`, `execution_not_suitable`, `validation_failed`, and as `startExecution`
 */
export async function replayExecution(ctx: Ctx, sourceId: string, input: ReplayRequest): Promise<string> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const source = await requireSource(ctx, sourceId, 'replay');
  // What it did is the record of another one.
  if (source.trigger_type === 'replay') throw notSuitable('a replay', 'replay');
  if (source.status === 'cancelled' || source.status === 'timeout') throw cutOff(source.status);
  const { definition, outputs } = input;
  const target = await requireTarget(ctx, source, input.version ?? null);
  requireRunnable(definition ?? target.definition);
  const isSame = !definition && target.version === source.workflow_version;
  const { inputs, configs } = source.restart ?? {};
  const how: Restart = {
    from: [],
    ...(definition && { definition }),
    // What was edited for the execution, and for no other.
    ...(inputs && { inputs }),
    ...(isSame && configs && { configs, isForeign: source.created_by !== requireUser(ctx.actor).id }),
    ...(outputs && { outputs }),
  };
  const id = crypto.randomUUID();
  await startExecution(
    ctx,
    {
      ...inherit(ctx, source, { priority: input.priority }),
      version: target.version,
      inputData: source.input_data,
      autoRetry: false,
      notifyOnCompletion: false,
      notifyOnFailure: false,
      tags: [],
      origin: originOf(source, 'replay', how),
    },
    { id, also: [insertReplay(ctx.db, workspaceId, id)] },
  );
  return id;
}

/** Its record ends where somebody, or the time, had ended it: nothing tells what would have come. */
const cutOff = (status: string) =>
  notSuitable(status, 'replay', [
    { loc: ['path', 'execution_id'], msg: 'its record ends where it was stopped', type: 'record_cut_off' },
  ]);

export type Replayed = {
  progress: Progress;
  sourceId: string | null;
  version: number | null;
  /** Null until it has ended. */
  verdict: { isEqual: boolean; differences: number } | null;
};

/** What has become of a replay, and whether it is the same. @throws {AppError} `not_found` */
export async function describeReplayed(ctx: Ctx, id: string, waitMs: number): Promise<Replayed> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const progress = await awaitEnd(ctx, id, waitMs);
  const [found] = await findRestart(ctx.db, workspaceId, id);
  if (!found) throw notFound('execution');
  const { parentId: sourceId, version } = found;
  return { progress, sourceId, version, verdict: await findOutcome(ctx, id, sourceId, progress) };
}

async function findOutcome(
  ctx: Ctx,
  id: string,
  sourceId: string | null,
  { status }: Progress,
): Promise<Replayed['verdict']> {
  if (!isEnded(status)) return null;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  await requireRecorded(ctx, id, 'replay');
  await judgeReplays(ctx, [id]);
  const [known] = await findVerdict(ctx.db, workspaceId, id);
  if (known && known.isEqual !== null) return { isEqual: known.isEqual, differences: known.differences ?? 0 };
  if (known || sourceId === null) return null;
  // Of a definition that is no version, nothing is kept.
  const found = await compareExecutions(ctx, { workspaceId, before: sourceId, after: id });
  return { isEqual: found.is_equal, differences: found.differences };
}
