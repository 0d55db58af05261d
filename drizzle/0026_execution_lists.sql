DROP INDEX "workflow_executions_created_by_idx";--> statement-breakpoint
CREATE INDEX "workflow_executions_created_by_idx" ON "workflow_executions" USING btree ("created_by","created_at","id");