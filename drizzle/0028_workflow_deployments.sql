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
	"differences" integer DEFAULT 0 NOT NULL,
	"created_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "published_version" integer;--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "publish_requires_replay" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_deployments" ADD CONSTRAINT "workflow_deployments_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_deployments" ADD CONSTRAINT "workflow_deployments_workflow_fk" FOREIGN KEY ("workflow_id","workspace_id") REFERENCES "public"."workflows"("id","workspace_id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "workflow_deployments" ADD CONSTRAINT "workflow_deployments_version_fk" FOREIGN KEY ("workflow_id","version") REFERENCES "public"."workflow_versions"("workflow_id","version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_replays" ADD CONSTRAINT "workflow_replays_execution_id_workflow_executions_id_fk" FOREIGN KEY ("execution_id") REFERENCES "public"."workflow_executions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_replays" ADD CONSTRAINT "workflow_replays_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_replays" ADD CONSTRAINT "workflow_replays_workflow_id_workflows_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflows"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_replays" ADD CONSTRAINT "workflow_replays_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "workflow_deployments_version_idx" ON "workflow_deployments" USING btree ("workflow_id","version");--> statement-breakpoint
CREATE INDEX "workflow_deployments_replaced_idx" ON "workflow_deployments" USING btree ("workflow_id","replaced_version");--> statement-breakpoint
CREATE INDEX "workflow_deployments_workspace_id_idx" ON "workflow_deployments" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "workflow_deployments_created_by_idx" ON "workflow_deployments" USING btree ("created_by");--> statement-breakpoint
CREATE INDEX "workflow_replays_version_idx" ON "workflow_replays" USING btree ("workflow_id","version");--> statement-breakpoint
CREATE INDEX "workflow_replays_workspace_id_idx" ON "workflow_replays" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "workflow_replays_created_by_idx" ON "workflow_replays" USING btree ("created_by");