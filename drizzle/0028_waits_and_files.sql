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
ALTER TABLE "workflow_executions" ADD COLUMN "is_confined" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "waiting_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "execution_waits" ADD CONSTRAINT "execution_waits_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "execution_waits" ADD CONSTRAINT "execution_waits_execution_id_workflow_executions_id_fk" FOREIGN KEY ("execution_id") REFERENCES "public"."workflow_executions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "execution_waits" ADD CONSTRAINT "execution_waits_answered_by_users_id_fk" FOREIGN KEY ("answered_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "execution_waits" ADD CONSTRAINT "execution_waits_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_files" ADD CONSTRAINT "workflow_files_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_files" ADD CONSTRAINT "workflow_files_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_files" ADD CONSTRAINT "workflow_files_updated_by_users_id_fk" FOREIGN KEY ("updated_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "execution_waits_workspace_id_idx" ON "execution_waits" USING btree ("workspace_id","status","created_at","id");--> statement-breakpoint
CREATE INDEX "execution_waits_execution_id_idx" ON "execution_waits" USING btree ("execution_id");--> statement-breakpoint
CREATE UNIQUE INDEX "execution_waits_token_key" ON "execution_waits" USING btree ("token_digest") WHERE "execution_waits"."token_digest" is not null;--> statement-breakpoint
CREATE INDEX "execution_waits_answered_by_idx" ON "execution_waits" USING btree ("answered_by") WHERE "execution_waits"."answered_by" is not null;--> statement-breakpoint
CREATE INDEX "execution_waits_created_by_idx" ON "execution_waits" USING btree ("created_by");--> statement-breakpoint
CREATE UNIQUE INDEX "workflow_files_path_key" ON "workflow_files" USING btree ("workspace_id","path");--> statement-breakpoint
CREATE INDEX "workflow_files_created_by_idx" ON "workflow_files" USING btree ("created_by");--> statement-breakpoint
CREATE INDEX "workflow_files_updated_by_idx" ON "workflow_files" USING btree ("updated_by");--> statement-breakpoint
CREATE INDEX "workflow_executions_open_idx" ON "workflow_executions" USING btree ("workspace_id","status","waiting_since") WHERE "workflow_executions"."status" in ('pending', 'running', 'paused');