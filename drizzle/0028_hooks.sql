CREATE TABLE "event_firings" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workspace_id" uuid NOT NULL,
	"trigger_id" uuid NOT NULL,
	"source" text NOT NULL,
	"event_type" text NOT NULL,
	"activity_id" uuid,
	"ended_execution_id" uuid,
	"outcome" text DEFAULT 'pending' NOT NULL,
	"reason" text,
	"execution_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "event_triggers" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workspace_id" uuid NOT NULL,
	"workflow_id" uuid NOT NULL,
	"created_by" uuid,
	"acts_for" uuid,
	"access_token_id" uuid,
	"name" text NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"inactive_reason" text,
	"workflow_version" integer,
	"priority" smallint DEFAULT 5 NOT NULL,
	"timeout_seconds" integer,
	"granted_variables" text[] DEFAULT '{}' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"events" text[] NOT NULL,
	"filter" text,
	CONSTRAINT "event_triggers_priority" CHECK ("event_triggers"."priority" between 1 and 10)
);
--> statement-breakpoint
CREATE TABLE "webhook_calls" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workspace_id" uuid NOT NULL,
	"webhook_id" uuid NOT NULL,
	"outcome" text NOT NULL,
	"reason" text,
	"execution_id" uuid,
	"delivery_id" text,
	"method" text NOT NULL,
	"headers" jsonb NOT NULL,
	"size_bytes" integer NOT NULL,
	"detail" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_triggers" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workspace_id" uuid NOT NULL,
	"workflow_id" uuid NOT NULL,
	"created_by" uuid,
	"acts_for" uuid,
	"access_token_id" uuid,
	"name" text NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"inactive_reason" text,
	"workflow_version" integer,
	"priority" smallint DEFAULT 5 NOT NULL,
	"timeout_seconds" integer,
	"granted_variables" text[] DEFAULT '{}' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"hook_id" text NOT NULL,
	"signature" jsonb NOT NULL,
	"sealed_secrets" text,
	"replay_window_seconds" integer NOT NULL,
	"delivery_id_from" jsonb,
	"methods" text[] NOT NULL,
	"response" text DEFAULT 'accepted' NOT NULL,
	"test_until" timestamp (3) with time zone,
	"test_runs" boolean DEFAULT false NOT NULL,
	CONSTRAINT "webhook_triggers_priority" CHECK ("webhook_triggers"."priority" between 1 and 10)
);
--> statement-breakpoint
ALTER TABLE "event_firings" ADD CONSTRAINT "event_firings_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_firings" ADD CONSTRAINT "event_firings_trigger_id_event_triggers_id_fk" FOREIGN KEY ("trigger_id") REFERENCES "public"."event_triggers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_firings" ADD CONSTRAINT "event_firings_activity_id_workspace_activities_id_fk" FOREIGN KEY ("activity_id") REFERENCES "public"."workspace_activities"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_triggers" ADD CONSTRAINT "event_triggers_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_triggers" ADD CONSTRAINT "event_triggers_workflow_id_workflows_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflows"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_triggers" ADD CONSTRAINT "event_triggers_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_triggers" ADD CONSTRAINT "event_triggers_acts_for_users_id_fk" FOREIGN KEY ("acts_for") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_calls" ADD CONSTRAINT "webhook_calls_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_calls" ADD CONSTRAINT "webhook_calls_webhook_id_webhook_triggers_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhook_triggers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_triggers" ADD CONSTRAINT "webhook_triggers_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_triggers" ADD CONSTRAINT "webhook_triggers_workflow_id_workflows_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflows"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_triggers" ADD CONSTRAINT "webhook_triggers_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_triggers" ADD CONSTRAINT "webhook_triggers_acts_for_users_id_fk" FOREIGN KEY ("acts_for") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "event_firings_source_key" ON "event_firings" USING btree ("trigger_id","source");--> statement-breakpoint
CREATE INDEX "event_firings_trigger_id_idx" ON "event_firings" USING btree ("trigger_id","created_at","id");--> statement-breakpoint
CREATE INDEX "event_firings_outcome_idx" ON "event_firings" USING btree ("trigger_id","outcome","created_at","id");--> statement-breakpoint
CREATE INDEX "event_firings_pending_idx" ON "event_firings" USING btree ("created_at") WHERE "event_firings"."outcome" = 'pending';--> statement-breakpoint
CREATE INDEX "event_firings_activity_id_idx" ON "event_firings" USING btree ("activity_id");--> statement-breakpoint
CREATE INDEX "event_firings_workspace_id_idx" ON "event_firings" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "event_firings_created_at_idx" ON "event_firings" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "event_triggers_workflow_id_idx" ON "event_triggers" USING btree ("workflow_id","created_at","id");--> statement-breakpoint
CREATE INDEX "event_triggers_active_idx" ON "event_triggers" USING btree ("workspace_id") WHERE "event_triggers"."is_active";--> statement-breakpoint
CREATE INDEX "event_triggers_workspace_id_idx" ON "event_triggers" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "event_triggers_created_by_idx" ON "event_triggers" USING btree ("created_by");--> statement-breakpoint
CREATE INDEX "event_triggers_acts_for_idx" ON "event_triggers" USING btree ("acts_for");--> statement-breakpoint
CREATE INDEX "webhook_calls_webhook_id_idx" ON "webhook_calls" USING btree ("webhook_id","created_at","id");--> statement-breakpoint
CREATE INDEX "webhook_calls_outcome_idx" ON "webhook_calls" USING btree ("webhook_id","outcome","created_at","id");--> statement-breakpoint
CREATE INDEX "webhook_calls_workspace_id_idx" ON "webhook_calls" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "webhook_calls_created_at_idx" ON "webhook_calls" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_triggers_hook_id_key" ON "webhook_triggers" USING btree ("hook_id");--> statement-breakpoint
CREATE INDEX "webhook_triggers_workflow_id_idx" ON "webhook_triggers" USING btree ("workflow_id","created_at","id");--> statement-breakpoint
CREATE INDEX "webhook_triggers_workspace_id_idx" ON "webhook_triggers" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "webhook_triggers_created_by_idx" ON "webhook_triggers" USING btree ("created_by");--> statement-breakpoint
CREATE INDEX "webhook_triggers_acts_for_idx" ON "webhook_triggers" USING btree ("acts_for");--> statement-breakpoint
CREATE INDEX "webhook_triggers_sealed_with_idx" ON "webhook_triggers" USING btree (split_part("sealed_secrets", '.', 1),"id");