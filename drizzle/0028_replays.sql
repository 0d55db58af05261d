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
ALTER TABLE "node_executions" ADD COLUMN "end_order" integer;--> statement-breakpoint
ALTER TABLE "workflow_replays" ADD CONSTRAINT "workflow_replays_execution_id_workflow_executions_id_fk" FOREIGN KEY ("execution_id") REFERENCES "public"."workflow_executions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_replays" ADD CONSTRAINT "workflow_replays_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_replays" ADD CONSTRAINT "workflow_replays_workflow_id_workflows_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflows"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_replays" ADD CONSTRAINT "workflow_replays_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "workflow_replays_version_idx" ON "workflow_replays" USING btree ("workflow_id","version","created_at");--> statement-breakpoint
CREATE INDEX "workflow_replays_workspace_id_idx" ON "workflow_replays" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "workflow_replays_source_idx" ON "workflow_replays" USING btree ("source_execution_id");--> statement-breakpoint
CREATE INDEX "workflow_replays_created_by_idx" ON "workflow_replays" USING btree ("created_by");--> statement-breakpoint
CREATE INDEX "workflow_replays_open_idx" ON "workflow_replays" USING btree ("created_at") WHERE "workflow_replays"."is_equal" is null;