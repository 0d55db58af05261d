DROP VIEW "public"."llms_conversations_turns";--> statement-breakpoint
CREATE INDEX "llm_calls_started_at_idx" ON "llm_calls" USING brin ("started_at");--> statement-breakpoint
CREATE INDEX "llms_usage_logs_llm_id_idx" ON "llms_usage_logs" USING btree ("workspace_id","llm_id","created_at","id");--> statement-breakpoint
CREATE VIEW "public"."llms_conversations_turns" AS (
  select u.workspace_id, u.user_id, u.conversation_id, u.llm_id, u.provider, u.model,
    min(u.created_at) as first_used_at, max(u.created_at) as last_used_at,
    (count(*) filter (where not exists (
      select from llm_calls later
      where later.root_call_id = coalesce(c.root_call_id, c.id) and later.attempt > c.attempt
    )))::int as message_count,
    sum(u.input_tokens)::bigint as total_input_tokens, sum(u.output_tokens)::bigint as total_output_tokens,
    sum(u.cost_usd) as total_cost_usd
  from llms_usage_logs u join llm_calls c on c.id = u.call_id
  where u.conversation_id is not null
  group by u.workspace_id, u.user_id, u.conversation_id, u.llm_id, u.provider, u.model);