import { and, eq, inArray, isNull, lt, sql, type SQLWrapper } from 'drizzle-orm';
import type { Database } from '../../db/client.ts';
import { refuseUnless } from '../../db/refusals.ts';
import { llmCalls } from '../../db/schema/index.ts';
import type { CountedBudget } from './budgets/queries.ts';
import type { SettledAttempt } from './calls/outcome.ts';

/** What is known of a call before it is made; the rest the database decides. */
export type NewCall = Omit<
  typeof llmCalls.$inferInsert,
  'attempt' | 'hasBudget' | 'ownKey' | 'status' | 'startedAt' | 'settledAt'
>;

/**
 * Records that a call is about to be made; for the transaction that also claims the request's Idempotency-Key.
 * `ownKey` selects the caller's key, sealed: where there is one the call is marked as made with it, and it is returned,
 * in one statement, so that what is recorded is what is used. `budgets` selects those that the call counts against, which
 * are returned as well: amounts as texts, since JSON would make floats of them.
 * A workspace's own endpoint has no other key than its own. The call is one value: each costs Drizzle as much as a column.
 */
export const insertCall = (db: Database, call: NewCall, ownKey: SQLWrapper | null, budgets: SQLWrapper) =>
  db.execute<RecordedRow>(sql`
    with own_key as ${ownKey ?? NO_KEY}, budget as ${budgets}
    insert into llm_calls (
      id, workspace_id, created_by, access_token_id, llm_id, endpoint_id, provider, model, operation, conversation_id,
      message_id, root_call_id, streamed, request_id, route_id, price_input, price_output, settings, own_key, has_budget
    )
    select id, "workspaceId", "createdBy", "accessTokenId", "llmId", "endpointId", provider, model, operation,
      "conversationId", "messageId", "rootCallId", streamed, "requestId", "routeId", "priceInput", "priceOutput",
      coalesce(settings, '{}'), "endpointId" is not null or exists (select from own_key), exists (select from budget)
    from json_to_record(${JSON.stringify(call)}::json) as c (
      id uuid, "workspaceId" uuid, "createdBy" uuid, "accessTokenId" uuid, "llmId" uuid, "endpointId" uuid,
      provider text, model text, operation text, "conversationId" uuid, "messageId" uuid, "rootCallId" uuid,
      streamed boolean, "requestId" text, "routeId" uuid, "priceInput" numeric, "priceOutput" numeric, settings jsonb
    )
    returning started_at, (select to_jsonb(k) from own_key k) as own_key, (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', b.id, 'workspaceId', b.workspace_id, 'scope', b.scope, 'subjectId', b.subject_id, 'period', b.period,
        'amountUsd', b.amount_usd::text
      )), '[]') from budget b) as budgets`);

const NO_KEY = sql`(select where false)`;

/** What {@link insertCall} returns. */
export type RecordedRow = { started_at: string; own_key: SealedKey | null; budgets: CountedBudget[] };

/**
 * Records a further attempt of a call, of which the object of the call has told; for the transaction that settles it.
 * What it shares with the call is taken from there.
 */
const insertAttempt = (db: Database, rootCallId: string, { callId, attempt, target }: SettledAttempt) =>
  db.execute(sql`
    insert into llm_calls (
      id, workspace_id, created_by, access_token_id, operation, streamed, request_id, has_budget, conversation_id,
      message_id, route_id, started_at, root_call_id, attempt, llm_id, endpoint_id, provider, model, own_key,
      price_input, price_output, settings
    )
    select ${callId}::uuid, workspace_id, created_by, access_token_id, operation, streamed, request_id, has_budget,
      conversation_id, message_id, route_id, started_at, id, ${attempt}::int, ${target.llmId}::uuid,
      ${target.endpointId}::uuid, ${target.provider}, ${target.model}, ${target.ownKey}::boolean,
      ${target.priceInput}::numeric, ${target.priceOutput}::numeric, ${JSON.stringify(target.settings)}::jsonb
    from llm_calls where id = ${rootCallId}::uuid
    on conflict (id) do nothing`);

/** Makes the record of a call that has not begun one of a call to another model. */
export const changeCall = (db: Database, callId: string, changes: Partial<typeof llmCalls.$inferInsert>) =>
  db.update(llmCalls).set(changes).where(eq(llmCalls.id, callId));

/** A row as PostgreSQL names it. */
export type SealedKey = { id: string; workspace_id: string; key: string; sealed_value: string };

/** Ends the transaction where the caller has no key. */
export const refuseWithoutKey = (db: Database, ownKey: SQLWrapper, provider: string) =>
  refuseUnless(db, sql`exists ${ownKey}`, 'provider_not_configured', { provider });

/** When a call without an outcome was recorded; undefined for one that has ended. */
export async function findStart(db: Database, callId: string): Promise<Date | undefined> {
  const [call] = await db
    .select({ startedAt: llmCalls.startedAt })
    .from(llmCalls)
    .where(and(eq(llmCalls.id, callId), eq(llmCalls.status, 'started')));
  return call?.startedAt;
}

/**
 * The call ended before any provider was asked: there is nothing to log or to bill. Returns where it was to be made,
 * and whether budgets may have set something aside for it.
 */
export async function markCallAbandoned(
  db: Database,
  callId: string,
): Promise<{ workspaceId: string; hasBudget: boolean } | undefined> {
  const [call] = await db
    .update(llmCalls)
    .set({ status: 'abandoned', settledAt: new Date() })
    .where(and(eq(llmCalls.id, callId), eq(llmCalls.status, 'started')))
    .returning({ workspaceId: llmCalls.workspaceId, hasBudget: llmCalls.hasBudget });
  return call;
}

/** Calls without an outcome that began before `before`, oldest first. */
export async function findUnsettledCalls(db: Database, before: Date, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: llmCalls.id })
    .from(llmCalls)
    .where(and(eq(llmCalls.status, 'started'), lt(llmCalls.startedAt, before)))
    .orderBy(llmCalls.startedAt)
    .limit(limit);
  return rows.map((row) => row.id);
}

/** Where calls are found that were recorded. */
export function findKeys(db: Database, callIds: readonly string[]): Promise<{ workspaceId: string; callId: string }[]> {
  return db
    .select({ workspaceId: llmCalls.workspaceId, callId: llmCalls.id })
    .from(llmCalls)
    .where(inArray(llmCalls.id, [...callIds]));
}

export type SettledCall = {
  id: string;
  call_id: string;
  workspace_id: string;
  user_id: string;
  provider: string;
  model: string;
  cost_usd: string;
  operation: string;
  has_budget: boolean;
  /** Whether the workspace wants what was asked and answered to be kept. */
  keeps_content: boolean;
};

/** An upstream call that has ended, and the call that it belongs to. */
export type AttemptOfCall = { rootCallId: string; attempt: SettledAttempt };

/**
 * Writes the ends of upstream calls in one transaction, and records those that their call has told of just now. In the
 * order given; undefined for one that was never recorded.
 */
export async function settleAttemptsOnce(
  db: Database,
  attempts: readonly AttemptOfCall[],
): Promise<(SettledCall | undefined)[]> {
  if (attempts.length === 0) return [];
  const inserts = attempts
    .filter(({ rootCallId, attempt }) => attempt.callId !== rootCallId)
    .map(({ rootCallId, attempt }) => insertAttempt(db, rootCallId, attempt));
  const settle = settleCallsOnce(
    db,
    attempts.map(({ attempt }) => attempt),
  );
  const [first, ...rest] = inserts;
  const results = first ? await db.batch([first, ...rest, settle]) : [await settle];
  const { rows } = results.at(-1) as { rows: SettledCall[] };
  const lines = new Map(rows.map((line) => [line.call_id, line]));
  return attempts.map(({ attempt }) => lines.get(attempt.callId));
}

/**
 * Writes the usage logs, the billing events where the platform's key was used, and the ends of calls, in one statement
 * for all: to plan it takes longer than to run it. However often it runs, there is one of each: a repetition returns the
 * lines that stand. Cost is tokens times the prices stored with the call, in exact decimals. Calls are locked in one
 * order, so that nobody waits for each other; the limit tells the planner how many there are.
 */
const settleCallsOnce = (db: Database, attempts: readonly SettledAttempt[]) =>
  db.execute<SettledCall>(sql`
    with outcome as (
      select * from json_to_recordset(${toOutcomeRows(attempts)}::json) as o (
        call_id uuid, input_tokens int, output_tokens int, token_source text, latency_ms int, first_token_ms int,
        api_status_code int, finish_reason text, error_message text, status text
      ) limit ${attempts.length}
    ), call as (
      select * from llm_calls where id in (select call_id from outcome) order by id for update
    ), log as (
      insert into llms_usage_logs (
        call_id, workspace_id, user_id, llm_id, conversation_id, message_id, provider, model, input_tokens, output_tokens, token_source,
        price_input, price_output, cost_usd, latency_ms, first_token_ms, api_status_code, user_api_key_used,
        model_settings, finish_reason, error_message, status
      )
      select id, workspace_id, created_by, llm_id, conversation_id, message_id, provider, model,
        o.input_tokens, o.output_tokens, o.token_source, price_input, price_output,
        o.input_tokens * price_input + o.output_tokens * price_output,
        o.latency_ms, o.first_token_ms, o.api_status_code, own_key,
        settings, o.finish_reason, o.error_message, o.status
      from call join outcome o on o.call_id = call.id
      on conflict (call_id) do update set call_id = excluded.call_id
      returning id, call_id, workspace_id, user_id, provider, model, cost_usd, user_api_key_used
    ), bill as (
      insert into billing_events (
        workspace_id, user_id, event_type, amount_usd, description, related_usage_log_id, status, processed_at
      )
      select workspace_id, user_id, 'usage', cost_usd, provider || '/' || model, id, 'completed', now()
      from log where not user_api_key_used
      on conflict (related_usage_log_id) where event_type = 'usage' do nothing
    ), ended as (
      update llm_calls set status = 'settled', settled_at = now()
      where id in (select id from call) and status <> 'settled'
    )
    select log.id, log.call_id, log.workspace_id, log.user_id, log.provider, log.model, log.cost_usd::text as cost_usd,
      call.operation, call.has_budget,
      exists (select from llm_settings s where s.workspace_id = log.workspace_id and s.keep_content_days > 0) as keeps_content
    from log join call on call.id = log.call_id
  `);

/** Half a character and NUL are errors for all rows of the JSON; what a provider gives as its reason may be no text. */
const toStorable = (said: unknown) => (typeof said === 'string' ? said.replaceAll('\0', '').toWellFormed() : said);

const toOutcomeRows = (attempts: readonly SettledAttempt[]): string =>
  JSON.stringify(
    attempts.map(({ callId, outcome }) => ({
      call_id: callId,
      input_tokens: outcome.inputTokens,
      output_tokens: outcome.outputTokens,
      token_source: outcome.tokenSource,
      latency_ms: outcome.latencyMs,
      first_token_ms: outcome.firstTokenMs,
      api_status_code: outcome.apiStatusCode,
      finish_reason: toStorable(outcome.finishReason),
      error_message: toStorable(outcome.errorMessage),
      status: outcome.status,
    })),
  );

/** Whether a call was made by somebody in a workspace; further attempts and shadows are no calls of theirs. */
export async function isCallOf(db: Database, callId: string, workspaceId: string, userId: string): Promise<boolean> {
  const [row] = await db
    .select({ id: llmCalls.id })
    .from(llmCalls)
    .where(
      and(
        eq(llmCalls.id, callId),
        eq(llmCalls.workspaceId, workspaceId),
        eq(llmCalls.createdBy, userId),
        isNull(llmCalls.rootCallId),
      ),
    );
  return row !== undefined;
}

/** A statement for a transaction that has nothing to do but to claim. */
export const selectNothing = (db: Database) => db.execute(sql`select`);
