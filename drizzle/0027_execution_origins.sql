ALTER TABLE "workflow_executions" ADD COLUMN "trigger_type" text DEFAULT 'manual' NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "trigger_id" uuid;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "parent_execution_id" uuid;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "parent_node_key" text;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "root_execution_id" uuid;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "depth" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "restart" jsonb;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "concurrency_key" text;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD CONSTRAINT "workflow_executions_parent_execution_id_workflow_executions_id_fk" FOREIGN KEY ("parent_execution_id") REFERENCES "public"."workflow_executions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "workflow_executions_trigger_idx" ON "workflow_executions" USING btree ("trigger_id","created_at","id") WHERE "workflow_executions"."trigger_id" is not null;--> statement-breakpoint
CREATE INDEX "workflow_executions_parent_idx" ON "workflow_executions" USING btree ("parent_execution_id","created_at","id") WHERE "workflow_executions"."parent_execution_id" is not null;