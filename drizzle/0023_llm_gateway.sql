CREATE TABLE "llm_call_contents" (
	"call_id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"created_by" uuid NOT NULL,
	"request" jsonb NOT NULL,
	"response" jsonb NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "llm_endpoints" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workspace_id" uuid NOT NULL,
	"created_by" uuid,
	"name" text NOT NULL,
	"base_url" text NOT NULL,
	"sealed_key" text,
	"models" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "llm_settings" (
	"workspace_id" uuid PRIMARY KEY NOT NULL,
	"keep_content_days" smallint DEFAULT 0 NOT NULL,
	"updated_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "llm_calls" ADD COLUMN "endpoint_id" uuid;--> statement-breakpoint
ALTER TABLE "llm_calls" ADD COLUMN "conversation_id" uuid;--> statement-breakpoint
ALTER TABLE "llm_calls" ADD COLUMN "message_id" uuid;--> statement-breakpoint
ALTER TABLE "llm_calls" ADD COLUMN "root_call_id" uuid;--> statement-breakpoint
ALTER TABLE "llm_calls" ADD COLUMN "attempt" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "llms" ADD COLUMN "kind" text DEFAULT 'chat' NOT NULL;--> statement-breakpoint
ALTER TABLE "llm_call_contents" ADD CONSTRAINT "llm_call_contents_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "llm_call_contents" ADD CONSTRAINT "llm_call_contents_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "llm_endpoints" ADD CONSTRAINT "llm_endpoints_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "llm_endpoints" ADD CONSTRAINT "llm_endpoints_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "llm_settings" ADD CONSTRAINT "llm_settings_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "llm_settings" ADD CONSTRAINT "llm_settings_updated_by_users_id_fk" FOREIGN KEY ("updated_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "llm_call_contents_expires_at_idx" ON "llm_call_contents" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "llm_call_contents_workspace_id_idx" ON "llm_call_contents" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "llm_call_contents_created_by_idx" ON "llm_call_contents" USING btree ("created_by");--> statement-breakpoint
CREATE UNIQUE INDEX "llm_endpoints_name_key" ON "llm_endpoints" USING btree ("workspace_id","name");--> statement-breakpoint
CREATE INDEX "llm_endpoints_created_by_idx" ON "llm_endpoints" USING btree ("created_by");--> statement-breakpoint
CREATE INDEX "llm_endpoints_workspace_id_idx" ON "llm_endpoints" USING btree ("workspace_id","created_at","id");--> statement-breakpoint
CREATE INDEX "llm_calls_root_call_id_idx" ON "llm_calls" USING btree ("root_call_id") WHERE "llm_calls"."root_call_id" is not null;--> statement-breakpoint
CREATE INDEX "llms_usage_logs_conversation_id_idx" ON "llms_usage_logs" USING btree ("workspace_id","conversation_id","created_at") WHERE "llms_usage_logs"."conversation_id" is not null;--> statement-breakpoint
CREATE VIEW "public"."llms_conversations_turns" AS (
  select workspace_id, user_id, conversation_id, llm_id, provider, model,
    min(created_at) as first_used_at, max(created_at) as last_used_at, count(*)::int as message_count,
    sum(input_tokens)::bigint as total_input_tokens, sum(output_tokens)::bigint as total_output_tokens,
    sum(cost_usd) as total_cost_usd
  from llms_usage_logs where conversation_id is not null
  group by workspace_id, user_id, conversation_id, llm_id, provider, model);