import { AppError, notFound } from '../../../../core/errors.ts';
import { digestUuid } from '../../../../core/ids.ts';
import { SECOND } from '../../../../core/time.ts';
import type { Ctx } from '../../../../context.ts';
import { findClaim, isClaimedAlready } from '../../../../db/claims.ts';
import { toRefusal } from '../../../../db/refusals.ts';
import type { JsonObject } from '../../../../db/schema/index.ts';
import { awaitEnd, BY_REQUEST, startTriggered, wasRemoved } from '../../../executions/index.ts';
import { actForTrigger } from '../../acting.ts';
import { noteCall } from '../calls/note.ts';
import { identify, type Names } from './delivery-id.ts';
import { challengeOf, examineCall, type Finding } from './examine.ts';
import { findHook, type Hook } from './queries.ts';
import type { Call } from './read-call.ts';

/** How long a caller is kept waiting that wants the result. */
const WAIT_MS = 30 * SECOND;

export type Received =
  | { kind: 'challenge'; challenge: string }
  | { kind: 'accepted'; executionId: string; isRepeated: boolean }
  | { kind: 'result'; executionId: string; output: unknown };

type Begun = { executionId: string; isRepeated: boolean; theirs: Ctx };

/**
 * Takes a call of a webhook: once, however often it comes.
 * @throws {AppError} `not_found` (none, or none that is switched on), `method_not_allowed`, `webhook_not_authentic`,
 * `webhook_stale`, `malformed_request`, `unsupported_media_type`, `workflow_not_runnable`, `limit_reached`, `queue_full`,
 * `webhook_run_failed`
 */
export async function receiveCall(ctx: Ctx, hookId: string, call: Call): Promise<Received> {
  const hook = await requireHook(ctx, hookId);
  const finding = await examineCall(ctx, hook, call);
  const begun = await begin(ctx, hook, call, finding).catch((error: unknown) => {
    const refusal = error instanceof AppError ? error : toRefusal(error);
    if (refusal) noteCall(ctx, hook, call, finding, { outcome: 'refused', reason: refusal.code });
    throw error;
  });
  if ('challenge' in begun) return { kind: 'challenge', ...begun };
  const { executionId, isRepeated } = begun;
  noteCall(ctx, hook, call, finding, { outcome: isRepeated ? 'repeated' : 'accepted', executionId });
  return hook.response === 'result' ? awaitResult(begun) : { kind: 'accepted', executionId, isRepeated };
}

/** @throws {AppError} `not_found` */
export async function requireHook(ctx: Ctx, hookId: string): Promise<Hook> {
  const hook = await findHook(ctx.db, hookId);
  if (!hook) throw notFound('webhook');
  ctx.logFields.webhook_id = hook.id;
  return hook;
}

async function begin(ctx: Ctx, hook: Hook, call: Call, finding: Finding): Promise<Begun | { challenge: string }> {
  if (!hook.isActive) throw notFound('webhook');
  requireMethod(hook, call);
  const { refusal, verdict, input, body, delivery } = finding;
  if (refusal) throw refusal;
  const challenge = challengeOf(hook, body);
  if (challenge !== null) return { challenge };
  const theirs = await actForHook(ctx, hook);
  return startOnce(theirs, hook, input!, identify(hook, delivery, verdict!, call.receivedAt.getTime()));
}

function requireMethod({ methods }: Hook, { method }: Call): void {
  if (methods.includes(method)) return;
  const allowed = methods.join(', ');
  throw new AppError('method_not_allowed', { params: { methods: allowed }, headers: { Allow: allowed } });
}

/** What it starts is its owner's, who may have lost the right to it. @throws {AppError} `not_found` */
export async function actForHook(ctx: Ctx, hook: Hook): Promise<Ctx> {
  const theirs = await actForTrigger(ctx, 'webhook', hook);
  if (theirs === null) throw notFound('webhook');
  return theirs;
}

/**
 * Starts what the call is for. That it counts once, the execution itself sees to, whose id is made of its name; and for a
 * day what is claimed with it, should somebody delete the execution or send the same under another name.
 */
async function startOnce(theirs: Ctx, hook: Hook, input: JsonObject, names: Names): Promise<Begun> {
  const { own, claimed } = names;
  const id = own === null ? crypto.randomUUID() : digestUuid(hook.id, own);
  const earlier = await findEarlier(theirs, hook, id, names);
  if (earlier !== null) return { executionId: earlier, isRepeated: true, theirs };
  const claim = claimed === null ? null : { scope: scopeOf(claimed), requestHash: claimed, taken: false };
  try {
    const { isNew } = await startHook({ ...theirs, claim }, hook, { input, version: hook.workflowVersion }, id);
    return { executionId: id, isRepeated: !isNew, theirs };
  } catch (error) {
    if (!isClaimedAlready(error)) throw error;
    const first = await findClaim(theirs.db, scopeOf(claimed!));
    return { executionId: first?.resourceId ?? id, isRepeated: true, theirs };
  }
}

/** What an earlier call has started that neither the claim nor the execution of this one would meet. */
async function findEarlier({ db }: Ctx, { workspaceId }: Hook, id: string, { own, claimed, former }: Names) {
  const before = former === null ? undefined : await findClaim(db, scopeOf(former));
  if (before) return before.resourceId;
  return own !== claimed && (await wasRemoved(db, workspaceId, id)) ? id : null;
}

const scopeOf = (name: string) => `webhook/${name}`;

type Start = { input: JsonObject; version: number | null; metadata?: JsonObject };

/** Starts the workflow of a webhook. What its callers are told of it does not show what is in it. */
export async function startHook(theirs: Ctx, hook: Hook, { input, version, metadata }: Start, id: string) {
  const { workflowId, priority, timeoutSeconds, grantedVariables } = hook;
  const origin = { ...BY_REQUEST, triggerType: 'webhook' as const, triggerId: hook.id };
  const wanted = { workflowId, version, inputData: input, priority, timeoutSeconds, grantedVariables, origin };
  try {
    return await startTriggered(theirs, { ...wanted, metadata: metadata ?? null }, id);
  } catch (error) {
    const code = (error instanceof AppError ? error : toRefusal(error))?.code;
    if (code === 'validation_failed') throw notRunnable('invalid', error);
    if (code === 'not_found') throw notRunnable('not there', error);
    throw error;
  }
}

const notRunnable = (status: string, cause: unknown) =>
  new AppError('workflow_not_runnable', { params: { status }, cause });

async function awaitResult({ theirs, executionId, isRepeated }: Begun): Promise<Received> {
  const progress = await awaitEnd(theirs, executionId, WAIT_MS).catch((error: unknown) => {
    // Somebody has deleted what the first call started.
    if (error instanceof AppError && error.code === 'not_found') return null;
    throw error;
  });
  switch (progress?.status) {
    case 'completed':
      return { kind: 'result', executionId, output: progress.output };
    case 'failed':
    case 'cancelled':
    case 'timeout':
      throw new AppError('webhook_run_failed', { params: { status: progress.status, execution: executionId } });
    default:
      return { kind: 'accepted', executionId, isRepeated };
  }
}
