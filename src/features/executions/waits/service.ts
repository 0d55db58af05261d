import { requireUser, requireWorkspace } from '../../../core/actor.ts';
import { AppError, notFound, type FieldError } from '../../../core/errors.ts';
import { checkJson } from '../../../core/json-schema.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { findUnstorable } from '../../../core/storable.ts';
import { toPage, toPageRequest, type Page } from '../../../core/pagination.ts';
import type { Ctx } from '../../../context.ts';
import type { WaitAnswer } from '../../../db/schema/index.ts';
import { auditEach } from '../../audit/index.ts';
import { executionRunner } from '../runner/runner-stub.ts';
import { digestOf } from './link.ts';
import { presentWait } from './present.ts';
import * as queries from './queries.ts';
import type { CallbackState, ListApprovalsQuery, Wait, WaitAnswerRequest } from './schemas.ts';

const RESOURCE = 'wait';

const ANSWER_BYTES = 256 * 1024;

/** What waits for a decision in a workspace, the newest first. */
export async function listApprovals(ctx: Ctx, query: ListApprovalsQuery): Promise<Page<Wait>> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const { rows } = await queries.findApprovals(ctx.db, {
    workspaceId,
    caller: callerOf(ctx),
    statuses: query.status ?? ['open'],
    isMine: query.mine,
    executionId: query.execution_id,
    ...toPageRequest(query),
  });
  const { items, nextCursor } = toPage(
    rows.map((row) => ({ ...row, createdAt: new Date(row.created_at) })),
    query.limit,
  );
  return { items: items.map(presentWait), nextCursor };
}

/** @throws {AppError} `not_found` */
export async function getWait(ctx: Ctx, id: string): Promise<Wait> {
  return presentWait(await requireWait(ctx, id));
}

/** @throws {AppError} `not_found`, `not_an_approver`, `wait_closed` or `validation_failed` */
export async function answerWait(ctx: Ctx, id: string, input: WaitAnswerRequest): Promise<Wait> {
  const row = await requireWait(ctx, id);
  if (!row.may_answer) throw new AppError('not_an_approver');
  await answer(ctx, row, input, requireUser(ctx.actor).id);
  return getWait(ctx, id);
}

/** What is waited for, for whoever has the link. @throws {AppError} `not_found` */
export async function getLinked(ctx: Ctx, token: string): Promise<CallbackState> {
  return toState(await requireLinked(ctx, token));
}

/**
 * Answers what the link is for: a callback with what was sent, an approval with a decision.
 * @throws {AppError} `not_found`, `wait_closed` or `validation_failed`
 */
export async function answerLinked(ctx: Ctx, token: string, body: unknown): Promise<CallbackState> {
  const row = await requireLinked(ctx, token);
  const input =
    row.kind === 'callback' ? { decision: 'answer' as const, data: body, comment: null } : readDecision(body);
  await answer(ctx, row, input, null);
  return toState(await requireLinked(ctx, token));
}

const callerOf = ({ actor }: Ctx) => ({ userId: requireUser(actor).id, role: requireWorkspace(actor).role });

async function requireWait(ctx: Ctx, id: string): Promise<queries.WaitRow> {
  const { rows } = await queries.findWait(ctx.db, requireWorkspace(ctx.actor).id, id, callerOf(ctx));
  if (!rows[0]) throw notFound(RESOURCE);
  return rows[0];
}

async function requireLinked(ctx: Ctx, token: string): Promise<queries.WaitRow> {
  const digest = digestOf(token);
  const row = digest === null ? undefined : (await queries.findLinked(ctx.db, digest)).rows[0];
  if (!row) throw notFound(RESOURCE);
  return row;
}

type Input = { decision: 'approve' | 'reject' | 'answer'; data?: unknown; comment?: string | null | undefined };

const STATUS = { approve: 'approved', reject: 'rejected', answer: 'answered' } as const;

async function answer(ctx: Ctx, row: queries.WaitRow, { decision, ...said }: Input, userId: string | null) {
  requireOpen(row);
  if ((decision === 'answer') !== (row.kind === 'callback')) {
    throw invalid({ loc: ['body', 'decision'], msg: DECISIONS[row.kind], type: 'decision' });
  }
  const given: WaitAnswer = { data: said.data ?? null, comment: said.comment || null };
  checkData(row, decision, given.data);
  const { id, workspace_id: workspaceId, execution_id: executionId } = row;
  const answering = { id, workspaceId, status: STATUS[decision], answer: given, userId };
  const { db } = ctx;
  const write =
    row.kind === 'approval'
      ? auditEach(ctx, queries.answerWait(answering), 'approval.answered')
      : queries.answerUnaudited(db, answering);
  // The execution first, as whoever records its end, or deletes it, has it before what it waits for.
  const [, { rowCount }] = await db.batch([queries.hurryExecution(db, workspaceId, executionId), write]);
  if (!rowCount) {
    const { rows } = await queries.findState(db, workspaceId, id);
    if (!rows[0]) throw notFound(RESOURCE);
    requireOpen(rows[0]);
    throw closed(rows[0]);
  }
  // The sweep finds it as well, in a minute.
  await executionRunner(ctx.env, workspaceId)
    .answered(executionId, id)
    .catch((error: unknown) => logEvent('warn', 'execution_runner_away', { error: describeError(error) }));
}

const DECISIONS = { approval: 'must be approve or reject', callback: 'must be answer' };

const invalid = (...fields: FieldError[]) => new AppError('validation_failed', { fields });

function requireOpen(row: queries.WaitRow): void {
  if (row.status !== 'open') throw closed(row);
}

const closed = ({ status, answered_at, expires_at, answered_by_name: name, answered_via: via }: queries.WaitRow) =>
  new AppError('wait_closed', {
    params: { status, at: new Date(answered_at ?? expires_at).toISOString(), by: name ?? via ?? 'nobody' },
  });

/** Whoever rejects need not fill in what only an approval needs. */
function checkData({ form }: queries.WaitRow, decision: Input['decision'], data: unknown): void {
  // A form brings it as a text, in which nothing else has looked.
  const fault = findUnstorable(data);
  if (fault) throw invalid({ loc: ['body', 'data', ...fault.path], msg: fault.reason, type: 'unstorable' });
  if (Buffer.byteLength(JSON.stringify(data)) > ANSWER_BYTES) {
    throw new AppError('payload_too_large', { params: { limit: ANSWER_BYTES } });
  }
  if (!form || decision === 'reject') return;
  const place = decision === 'answer' ? ['body'] : ['body', 'data'];
  const { valid, faults } = checkJson(form, data ?? {});
  if (valid === null) throw invalid({ loc: place, msg: 'the schema takes too many steps to check', type: 'schema' });
  if (valid) return;
  throw invalid(
    ...faults.map(({ path, message }) => ({
      loc: [...place, ...path.split('/').slice(1)],
      msg: message,
      type: 'schema',
    })),
  );
}

function readDecision(body: unknown): Input {
  const { decision, comment, data } = (body ?? {}) as Record<string, unknown>;
  if (decision !== 'approve' && decision !== 'reject') {
    throw invalid({ loc: ['body', 'decision'], msg: DECISIONS.approval, type: 'decision' });
  }
  if (comment !== undefined && comment !== null && (typeof comment !== 'string' || comment.length > 2_000)) {
    throw invalid({ loc: ['body', 'comment'], msg: 'must be a text of at most 2000 characters', type: 'comment' });
  }
  return { decision, comment, data };
}

/** A stranger may have the link: nobody is named. */
const toState = (row: queries.WaitRow): CallbackState => ({
  kind: row.kind,
  status: row.status,
  title: row.title,
  message: row.message,
  form: row.form,
  expires_at: new Date(row.expires_at).toISOString(),
  answered_at: row.answered_at && new Date(row.answered_at).toISOString(),
});
