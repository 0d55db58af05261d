CREATE TABLE "removed_executions" (
	"execution_id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"clear_at" timestamp (3) with time zone DEFAULT now() + interval '2 minutes'
);
--> statement-breakpoint
ALTER TABLE "execution_settings" ADD COLUMN "retention_days" smallint;--> statement-breakpoint
ALTER TABLE "workflow_replays" ADD COLUMN "source_version" integer;--> statement-breakpoint
ALTER TABLE "removed_executions" ADD CONSTRAINT "removed_executions_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "removed_executions_workspace_id_idx" ON "removed_executions" USING btree ("workspace_id","created_at");--> statement-breakpoint
CREATE INDEX "removed_executions_created_at_idx" ON "removed_executions" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "removed_executions_clear_at_idx" ON "removed_executions" USING btree ("clear_at") WHERE "removed_executions"."clear_at" is not null;