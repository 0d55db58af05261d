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
	"timeout_seconds" integer DEFAULT 3600 NOT NULL,
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
ALTER TABLE "schedule_occurrences" ADD CONSTRAINT "schedule_occurrences_execution_id_workflow_executions_id_fk" FOREIGN KEY ("execution_id") REFERENCES "public"."workflow_executions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedule_occurrences" ADD CONSTRAINT "schedule_occurrences_schedule_fk" FOREIGN KEY ("schedule_id","workspace_id") REFERENCES "public"."schedules"("id","workspace_id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_acts_for_users_id_fk" FOREIGN KEY ("acts_for") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_workflow_fk" FOREIGN KEY ("workflow_id","workspace_id") REFERENCES "public"."workflows"("id","workspace_id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE INDEX "schedule_occurrences_workspace_id_idx" ON "schedule_occurrences" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "schedule_occurrences_decided_at_idx" ON "schedule_occurrences" USING btree ("decided_at");--> statement-breakpoint
CREATE INDEX "schedule_occurrences_execution_id_idx" ON "schedule_occurrences" USING btree ("execution_id") WHERE "schedule_occurrences"."execution_id" is not null;--> statement-breakpoint
CREATE INDEX "schedule_occurrences_cancels_idx" ON "schedule_occurrences" USING btree ("decided_at") WHERE "schedule_occurrences"."cancels" is not null;--> statement-breakpoint
CREATE INDEX "schedules_workspace_id_idx" ON "schedules" USING btree ("workspace_id","created_at","id");--> statement-breakpoint
CREATE INDEX "schedules_workflow_id_idx" ON "schedules" USING btree ("workflow_id","created_at","id");--> statement-breakpoint
CREATE INDEX "schedules_created_by_idx" ON "schedules" USING btree ("created_by");--> statement-breakpoint
CREATE INDEX "schedules_acts_for_idx" ON "schedules" USING btree ("acts_for");--> statement-breakpoint
CREATE INDEX "schedules_due_idx" ON "schedules" USING btree ("next_due_at","id") WHERE "schedules"."next_due_at" is not null;