CREATE TABLE "execution_waits" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workspace_id" uuid NOT NULL,
	"execution_id" uuid NOT NULL,
	"node_key" text NOT NULL,
	"iteration" integer[] DEFAULT '{}' NOT NULL,
	"kind" text NOT NULL,
	"title" text NOT NULL,
	"message" text,
	"form" jsonb,
	"approver_ids" uuid[],
	"approver_role" text DEFAULT 'member' NOT NULL,
	"token_digest" text,
	"status" text DEFAULT 'open' NOT NULL,
	"answer" jsonb,
	"answered_by" uuid,
	"answered_via" text,
	"answered_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
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
CREATE TABLE "schedule_occurrences" (
	"schedule_id" uuid NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"outcome" text NOT NULL,
	"reason" text,
	"missed_until" timestamp (3) with time zone,
	"execution_id" uuid,
	"cancels" uuid[],
	"decided_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "schedule_occurrences_schedule_id_due_at_pk" PRIMARY KEY("schedule_id","due_at")
);
--> statement-breakpoint
CREATE TABLE "schedules" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workspace_id" uuid NOT NULL,
	"workflow_id" uuid NOT NULL,
	"created_by" uuid,
	"acts_for" uuid,
	"access_token_id" uuid,
	"name" text NOT NULL,
	"cron" text NOT NULL,
	"time_zone" text NOT NULL,
	"nonexistent_time" text DEFAULT 'run_after' NOT NULL,
	"repeated_time" text DEFAULT 'first' NOT NULL,
	"overlap" text DEFAULT 'skip' NOT NULL,
	"catch_up" text DEFAULT 'latest' NOT NULL,
	"catch_up_seconds" integer DEFAULT 86400 NOT NULL,
	"catch_up_limit" smallint DEFAULT 10 NOT NULL,
	"input_data" jsonb,
	"variables" jsonb,
	"granted_variables" text[] DEFAULT '{}' NOT NULL,
	"workflow_version" integer,
	"priority" smallint DEFAULT 5 NOT NULL,
	"timeout_seconds" integer,
	"starts_at" timestamp (3) with time zone,
	"ends_at" timestamp (3) with time zone,
	"is_active" boolean DEFAULT true NOT NULL,
	"inactive_reason" text,
	"next_due_at" timestamp (3) with time zone,
	"last_due_at" timestamp (3) with time zone,
	"last_outcome" text,
	"revision" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "schedules_workspace_key" UNIQUE("id","workspace_id"),
	CONSTRAINT "schedules_priority" CHECK ("schedules"."priority" between 1 and 10),
	CONSTRAINT "schedules_due_while_active" CHECK ("schedules"."is_active" or "schedules"."next_due_at" is null)
);
--> statement-breakpoint
CREATE TABLE "workflow_deployments" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workflow_id" uuid NOT NULL,
	"workspace_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"kind" text NOT NULL,
	"version" integer,
	"replaced_version" integer,
	"note" text,
	"replay_id" uuid,
	"replay_is_equal" boolean,
	"replay_differences" integer,
	"created_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "workflow_deployments_number_key" UNIQUE("workflow_id","number"),
	CONSTRAINT "workflow_deployments_version" CHECK (("workflow_deployments"."version" is null) = ("workflow_deployments"."kind" = 'unpublish'))
);
--> statement-breakpoint
CREATE TABLE "workflow_replays" (
	"execution_id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"workflow_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"source_execution_id" uuid NOT NULL,
	"is_equal" boolean,
	"differences" integer,
	"created_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "workflow_files" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workspace_id" uuid NOT NULL,
	"path" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"content_type" text NOT NULL,
	"checksum" text NOT NULL,
	"object_key" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_by" uuid,
	"updated_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
DROP INDEX "workflow_executions_open_idx";--> statement-breakpoint
ALTER TABLE "node_executions" ADD COLUMN "end_order" integer;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "trigger_type" text DEFAULT 'manual' NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "trigger_id" uuid;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "parent_execution_id" uuid;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "parent_node_key" text;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "root_execution_id" uuid;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "depth" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "restart" jsonb;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "concurrency_key" text;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "is_confined" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "waiting_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "published_version" integer;--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "publish_requires_replay" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "execution_waits" ADD CONSTRAINT "execution_waits_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "execution_waits" ADD CONSTRAINT "execution_waits_execution_id_workflow_executions_id_fk" FOREIGN KEY ("execution_id") REFERENCES "public"."workflow_executions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "execution_waits" ADD CONSTRAINT "execution_waits_answered_by_users_id_fk" FOREIGN KEY ("answered_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "execution_waits" ADD CONSTRAINT "execution_waits_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
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
ALTER TABLE "schedule_occurrences" ADD CONSTRAINT "schedule_occurrences_execution_id_workflow_executions_id_fk" FOREIGN KEY ("execution_id") REFERENCES "public"."workflow_executions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedule_occurrences" ADD CONSTRAINT "schedule_occurrences_schedule_fk" FOREIGN KEY ("schedule_id","workspace_id") REFERENCES "public"."schedules"("id","workspace_id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_acts_for_users_id_fk" FOREIGN KEY ("acts_for") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_workflow_fk" FOREIGN KEY ("workflow_id","workspace_id") REFERENCES "public"."workflows"("id","workspace_id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "workflow_deployments" ADD CONSTRAINT "workflow_deployments_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_deployments" ADD CONSTRAINT "workflow_deployments_workflow_fk" FOREIGN KEY ("workflow_id","workspace_id") REFERENCES "public"."workflows"("id","workspace_id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "workflow_deployments" ADD CONSTRAINT "workflow_deployments_version_fk" FOREIGN KEY ("workflow_id","version") REFERENCES "public"."workflow_versions"("workflow_id","version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_replays" ADD CONSTRAINT "workflow_replays_execution_id_workflow_executions_id_fk" FOREIGN KEY ("execution_id") REFERENCES "public"."workflow_executions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_replays" ADD CONSTRAINT "workflow_replays_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_replays" ADD CONSTRAINT "workflow_replays_workflow_id_workflows_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflows"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_replays" ADD CONSTRAINT "workflow_replays_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_files" ADD CONSTRAINT "workflow_files_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_files" ADD CONSTRAINT "workflow_files_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_files" ADD CONSTRAINT "workflow_files_updated_by_users_id_fk" FOREIGN KEY ("updated_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "execution_waits_workspace_id_idx" ON "execution_waits" USING btree ("workspace_id","status","created_at","id");--> statement-breakpoint
CREATE INDEX "execution_waits_execution_id_idx" ON "execution_waits" USING btree ("execution_id");--> statement-breakpoint
CREATE UNIQUE INDEX "execution_waits_token_key" ON "execution_waits" USING btree ("token_digest") WHERE "execution_waits"."token_digest" is not null;--> statement-breakpoint
CREATE INDEX "execution_waits_answered_by_idx" ON "execution_waits" USING btree ("answered_by") WHERE "execution_waits"."answered_by" is not null;--> statement-breakpoint
CREATE INDEX "execution_waits_created_by_idx" ON "execution_waits" USING btree ("created_by");--> statement-breakpoint
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
CREATE INDEX "webhook_triggers_sealed_with_idx" ON "webhook_triggers" USING btree (split_part("sealed_secrets", '.', 1),"id");--> statement-breakpoint
CREATE INDEX "schedule_occurrences_workspace_id_idx" ON "schedule_occurrences" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "schedule_occurrences_decided_at_idx" ON "schedule_occurrences" USING btree ("decided_at");--> statement-breakpoint
CREATE INDEX "schedule_occurrences_execution_id_idx" ON "schedule_occurrences" USING btree ("execution_id") WHERE "schedule_occurrences"."execution_id" is not null;--> statement-breakpoint
CREATE INDEX "schedule_occurrences_cancels_idx" ON "schedule_occurrences" USING btree ("decided_at") WHERE "schedule_occurrences"."cancels" is not null;--> statement-breakpoint
CREATE INDEX "schedules_workspace_id_idx" ON "schedules" USING btree ("workspace_id","created_at","id");--> statement-breakpoint
CREATE INDEX "schedules_workflow_id_idx" ON "schedules" USING btree ("workflow_id","created_at","id");--> statement-breakpoint
CREATE INDEX "schedules_created_by_idx" ON "schedules" USING btree ("created_by");--> statement-breakpoint
CREATE INDEX "schedules_acts_for_idx" ON "schedules" USING btree ("acts_for");--> statement-breakpoint
CREATE INDEX "schedules_due_idx" ON "schedules" USING btree ("next_due_at","id") WHERE "schedules"."next_due_at" is not null;--> statement-breakpoint
CREATE INDEX "workflow_deployments_version_idx" ON "workflow_deployments" USING btree ("workflow_id","version");--> statement-breakpoint
CREATE INDEX "workflow_deployments_replaced_idx" ON "workflow_deployments" USING btree ("workflow_id","replaced_version");--> statement-breakpoint
CREATE INDEX "workflow_deployments_workspace_id_idx" ON "workflow_deployments" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "workflow_deployments_created_by_idx" ON "workflow_deployments" USING btree ("created_by");--> statement-breakpoint
CREATE INDEX "workflow_replays_version_idx" ON "workflow_replays" USING btree ("workflow_id","version","created_at");--> statement-breakpoint
CREATE INDEX "workflow_replays_workspace_id_idx" ON "workflow_replays" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "workflow_replays_source_idx" ON "workflow_replays" USING btree ("source_execution_id");--> statement-breakpoint
CREATE INDEX "workflow_replays_created_by_idx" ON "workflow_replays" USING btree ("created_by");--> statement-breakpoint
CREATE INDEX "workflow_replays_open_idx" ON "workflow_replays" USING btree ("created_at") WHERE "workflow_replays"."is_equal" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "workflow_files_path_key" ON "workflow_files" USING btree ("workspace_id","path");--> statement-breakpoint
CREATE INDEX "workflow_files_created_by_idx" ON "workflow_files" USING btree ("created_by");--> statement-breakpoint
CREATE INDEX "workflow_files_updated_by_idx" ON "workflow_files" USING btree ("updated_by");--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD CONSTRAINT "workflow_executions_parent_execution_id_workflow_executions_id_fk" FOREIGN KEY ("parent_execution_id") REFERENCES "public"."workflow_executions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "workflow_executions_trigger_idx" ON "workflow_executions" USING btree ("trigger_id","created_at","id") WHERE "workflow_executions"."trigger_id" is not null;--> statement-breakpoint
CREATE INDEX "workflow_executions_parent_idx" ON "workflow_executions" USING btree ("parent_execution_id","created_at","id") WHERE "workflow_executions"."parent_execution_id" is not null;--> statement-breakpoint
CREATE INDEX "workflow_executions_open_idx" ON "workflow_executions" USING btree ("workspace_id","status","waiting_since") WHERE "workflow_executions"."status" in ('pending', 'running', 'paused');