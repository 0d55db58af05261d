import { and, eq, sql, type SQL } from 'drizzle-orm';
import { USAGE_LINE } from './queries.ts';
import type { Database } from '../../db/client.ts';
import { llms, usageLogs } from '../../db/schema/index.ts';

/** A model of the catalogue, by its id or by provider and name. */
export type Wanted = { llmId: string } | { provider: string; model: string };

const isWanted = (wanted: Wanted): SQL =>
  'llmId' in wanted
    ? eq(llms.id, wanted.llmId)
    : and(eq(llms.provider, wanted.provider.toLowerCase()), eq(llms.name, wanted.model))!;

export const isModel = (wanted: Wanted): SQL => sql`exists (select from ${llms} where ${isWanted(wanted)})`;

type Call = { id: string; workspaceId: string; userId: string; requestId: string };

type Outcome = {
  input_tokens: number;
  output_tokens: number;
  conversation_id?: string | null;
  message_id?: string | null;
  latency_ms?: number | null;
  api_status_code?: number | null;
  status: string;
  error_message?: string | null;
  model_settings?: Record<string, unknown>;
};

/** A call that is over as soon as it is noted, and its line under the same id, at the prices of the catalogue. */
export function insertExternalCall(db: Database, call: Call, wanted: Wanted, outcome: Outcome) {
  const settings = JSON.stringify(outcome.model_settings ?? {});
  return db.execute(sql`
    with call as (
      insert into llm_calls (
        id, workspace_id, created_by, llm_id, provider, model, operation, streamed, request_id, own_key,
        price_input, price_output, settings, status, settled_at, conversation_id, message_id
      )
      select ${call.id}::uuid, ${call.workspaceId}::uuid, ${call.userId}::uuid, ${llms.id}, ${llms.provider}, ${llms.name},
        'external', false, ${call.requestId}, true, coalesce(${llms.costPerTokenInput}, 0),
        coalesce(${llms.costPerTokenOutput}, 0), ${settings}::jsonb, 'settled', now(),
        ${outcome.conversation_id ?? null}::uuid, ${outcome.message_id ?? null}::uuid
      from ${llms} where ${isWanted(wanted)}
      returning *
    )
    insert into llms_usage_logs (
      id, call_id, workspace_id, user_id, llm_id, provider, model, input_tokens, output_tokens, token_source,
      price_input, price_output, cost_usd, latency_ms, api_status_code, user_api_key_used, model_settings, error_message,
      status, conversation_id, message_id
    )
    select id, id, workspace_id, created_by, llm_id, provider, model, ${outcome.input_tokens}::int,
      ${outcome.output_tokens}::int, 'provider', price_input, price_output,
      ${outcome.input_tokens}::int * price_input + ${outcome.output_tokens}::int * price_output,
      ${outcome.latency_ms ?? null}::int, ${outcome.api_status_code ?? null}::int, true, settings,
      ${outcome.error_message ?? null}, ${outcome.status}, conversation_id, message_id
    from call
  `);
}

export const findUsageLogOf = (db: Database, workspaceId: string, id: string) =>
  db
    .select(USAGE_LINE)
    .from(usageLogs)
    .where(and(eq(usageLogs.id, id), eq(usageLogs.workspaceId, workspaceId)));
