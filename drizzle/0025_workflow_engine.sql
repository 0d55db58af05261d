CREATE TABLE "execution_engine" (
	"id" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"is_running" boolean DEFAULT true NOT NULL,
	"changed_by" uuid,
	"changed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "execution_engine_one_row" CHECK ("execution_engine"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "workflow_execution_logs" (
	"execution_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"level" text NOT NULL,
	"node_key" text,
	"iteration" integer[] DEFAULT '{}' NOT NULL,
	"message" text NOT NULL,
	"context" jsonb,
	"logged_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "workflow_execution_logs_execution_id_seq_pk" PRIMARY KEY("execution_id","seq")
);
--> statement-breakpoint
CREATE TABLE "execution_settings" (
	"workspace_id" uuid PRIMARY KEY NOT NULL,
	"max_concurrent_executions" smallint,
	"is_paused" boolean DEFAULT false NOT NULL,
	"updated_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "node_executions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"execution_id" uuid NOT NULL,
	"workspace_id" uuid NOT NULL,
	"execution_order" integer NOT NULL,
	"node_key" text NOT NULL,
	"node_type" text NOT NULL,
	"node_name" text,
	"iteration" integer[] DEFAULT '{}' NOT NULL,
	"status" text NOT NULL,
	"retry_count" smallint DEFAULT 0 NOT NULL,
	"max_retries" smallint DEFAULT 0 NOT NULL,
	"retry_delay_ms" integer DEFAULT 0 NOT NULL,
	"timeout_seconds" integer,
	"port" text,
	"input_data" jsonb,
	"output_data" jsonb,
	"config_data" jsonb,
	"input_object_key" text,
	"output_object_key" text,
	"input_bytes" bigint DEFAULT 0 NOT NULL,
	"output_bytes" bigint DEFAULT 0 NOT NULL,
	"cost_usd" numeric(24, 12) DEFAULT '0' NOT NULL,
	"error_message" text,
	"error_details" jsonb,
	"started_at" timestamp (3) with time zone,
	"completed_at" timestamp (3) with time zone,
	"duration_ms" integer,
	"dependencies" text[] DEFAULT '{}' NOT NULL,
	"dependents" text[] DEFAULT '{}' NOT NULL,
	"metadata" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "node_ratings" (
	"node_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"rating" smallint NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "node_ratings_node_id_user_id_pk" PRIMARY KEY("node_id","user_id"),
	CONSTRAINT "node_ratings_rating" CHECK ("node_ratings"."rating" between 1 and 5)
);
--> statement-breakpoint
CREATE TABLE "nodes" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workspace_id" uuid NOT NULL,
	"created_by" uuid,
	"name" text NOT NULL,
	"description" text,
	"type" text NOT NULL,
	"category" text,
	"is_public" boolean DEFAULT false NOT NULL,
	"status" text DEFAULT 'draft' NOT NULL,
	"icon" text DEFAULT '🔧' NOT NULL,
	"color" text DEFAULT '#6366f1' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"code_template" text NOT NULL,
	"input_schema" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"output_schema" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"parameters_schema" jsonb,
	"documentation" text,
	"examples" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"downloads_count" integer DEFAULT 0 NOT NULL,
	"usage_count" integer DEFAULT 0 NOT NULL,
	"rating_count" integer DEFAULT 0 NOT NULL,
	"rating_total" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"searchable" "tsvector" GENERATED ALWAYS AS (to_tsvector('simple', lower(name || ' ' || coalesce(description, '') || ' ' || coalesce(category, '')))) STORED NOT NULL
);
--> statement-breakpoint
CREATE TABLE "workflow_ratings" (
	"workflow_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"rating" smallint NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "workflow_ratings_workflow_id_user_id_pk" PRIMARY KEY("workflow_id","user_id"),
	CONSTRAINT "workflow_ratings_rating" CHECK ("workflow_ratings"."rating" between 1 and 5)
);
--> statement-breakpoint
CREATE TABLE "workflow_versions" (
	"workflow_id" uuid NOT NULL,
	"workspace_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"definition" jsonb NOT NULL,
	"note" text,
	"created_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "workflow_versions_workflow_id_version_pk" PRIMARY KEY("workflow_id","version")
);
--> statement-breakpoint
ALTER TABLE "workflow_executions" DROP CONSTRAINT "workflow_executions_workflow_id_workflows_id_fk";
--> statement-breakpoint
DROP INDEX "workflow_executions_workflow_id_idx";--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "workflow_version" integer;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "access_token_id" uuid;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "request_id" text;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "priority" smallint DEFAULT 5 NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "input_data" jsonb;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "context_data" jsonb;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "variables" jsonb;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "granted_variables" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "output_data" jsonb;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "output_object_key" text;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "timeout_seconds" integer;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "timeout_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "auto_retry" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "max_retries" smallint DEFAULT 3 NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "retry_count" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "notify_on_completion" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "notify_on_failure" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "tags" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "metadata" jsonb;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "total_nodes" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "completed_nodes" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "failed_nodes" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "estimated_duration" integer;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "error_message" text;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "error_details" jsonb;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "cost_usd" numeric(24, 12) DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "next_check_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD COLUMN "updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "category" text;--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "tags" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "is_public" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "status" text DEFAULT 'draft' NOT NULL;--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "thumbnail_url" text;--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "updated_by" uuid;--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "max_concurrent_executions" smallint;--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "downloads_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "rating_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "rating_total" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "execution_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "last_executed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "workflows" ADD COLUMN "searchable" "tsvector" GENERATED ALWAYS AS (to_tsvector('simple', lower(name || ' ' || coalesce(description, '') || ' ' || coalesce(category, '')))) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "execution_engine" ADD CONSTRAINT "execution_engine_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_execution_logs" ADD CONSTRAINT "workflow_execution_logs_execution_id_workflow_executions_id_fk" FOREIGN KEY ("execution_id") REFERENCES "public"."workflow_executions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "execution_settings" ADD CONSTRAINT "execution_settings_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "execution_settings" ADD CONSTRAINT "execution_settings_updated_by_users_id_fk" FOREIGN KEY ("updated_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_executions" ADD CONSTRAINT "node_executions_execution_id_workflow_executions_id_fk" FOREIGN KEY ("execution_id") REFERENCES "public"."workflow_executions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_ratings" ADD CONSTRAINT "node_ratings_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_ratings" ADD CONSTRAINT "node_ratings_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "nodes" ADD CONSTRAINT "nodes_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "nodes" ADD CONSTRAINT "nodes_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_ratings" ADD CONSTRAINT "workflow_ratings_workflow_id_workflows_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflows"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_ratings" ADD CONSTRAINT "workflow_ratings_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_versions" ADD CONSTRAINT "workflow_versions_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_versions" ADD CONSTRAINT "workflow_versions_workflow_fk" FOREIGN KEY ("workflow_id","workspace_id") REFERENCES "public"."workflows"("id","workspace_id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE UNIQUE INDEX "node_executions_order_key" ON "node_executions" USING btree ("execution_id","execution_order");--> statement-breakpoint
CREATE INDEX "node_executions_workspace_id_idx" ON "node_executions" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "node_ratings_user_id_idx" ON "node_ratings" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "nodes_workspace_id_idx" ON "nodes" USING btree ("workspace_id","created_at","id");--> statement-breakpoint
CREATE INDEX "nodes_public_idx" ON "nodes" USING btree ("created_at","id") WHERE "nodes"."is_public";--> statement-breakpoint
CREATE INDEX "nodes_created_by_idx" ON "nodes" USING btree ("created_by");--> statement-breakpoint
CREATE INDEX "nodes_category_idx" ON "nodes" USING btree ("category") WHERE "nodes"."is_public";--> statement-breakpoint
CREATE INDEX "nodes_searchable_idx" ON "nodes" USING gin ("searchable");--> statement-breakpoint
CREATE INDEX "workflow_ratings_user_id_idx" ON "workflow_ratings" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "workflow_versions_workspace_id_idx" ON "workflow_versions" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "workflow_versions_created_by_idx" ON "workflow_versions" USING btree ("created_by");--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD CONSTRAINT "workflow_executions_workflow_id_workflows_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflows"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflows" ADD CONSTRAINT "workflows_updated_by_users_id_fk" FOREIGN KEY ("updated_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "workflow_executions_updated_idx" ON "workflow_executions" USING btree ("workspace_id","updated_at","id");--> statement-breakpoint
CREATE INDEX "workflow_executions_started_idx" ON "workflow_executions" USING btree ("workspace_id","started_at","id");--> statement-breakpoint
CREATE INDEX "workflow_executions_completed_idx" ON "workflow_executions" USING btree ("workspace_id","completed_at","id");--> statement-breakpoint
CREATE INDEX "workflow_executions_priority_idx" ON "workflow_executions" USING btree ("workspace_id","priority","id");--> statement-breakpoint
CREATE INDEX "workflow_executions_open_idx" ON "workflow_executions" USING btree ("workspace_id","status") WHERE "workflow_executions"."status" in ('pending', 'running', 'paused');--> statement-breakpoint
CREATE INDEX "workflow_executions_next_check_at_idx" ON "workflow_executions" USING btree ("next_check_at") WHERE "workflow_executions"."next_check_at" is not null;--> statement-breakpoint
CREATE INDEX "workflows_public_idx" ON "workflows" USING btree ("created_at","id") WHERE "workflows"."is_public";--> statement-breakpoint
CREATE INDEX "workflows_updated_by_idx" ON "workflows" USING btree ("updated_by");--> statement-breakpoint
CREATE INDEX "workflows_searchable_idx" ON "workflows" USING gin ("searchable");--> statement-breakpoint
CREATE INDEX "workflows_tags_idx" ON "workflows" USING gin ("tags");--> statement-breakpoint
CREATE INDEX "workflow_executions_workflow_id_idx" ON "workflow_executions" USING btree ("workflow_id","created_at","id");--> statement-breakpoint
ALTER TABLE "workflow_executions" ADD CONSTRAINT "workflow_executions_priority" CHECK ("workflow_executions"."priority" between 1 and 10);--> statement-breakpoint

-- Whoever changes a definition, from wherever: what it was stays, since executions run what they began with.
CREATE FUNCTION "keep_workflow_version"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO workflow_versions (workflow_id, workspace_id, version, definition, created_by)
  VALUES (NEW.id, NEW.workspace_id, NEW.version, NEW.definition, coalesce(NEW.updated_by, NEW.created_by))
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER "workflows_version" AFTER INSERT OR UPDATE OF "version" ON "workflows"
  FOR EACH ROW EXECUTE FUNCTION "keep_workflow_version"();--> statement-breakpoint
INSERT INTO "workflow_versions" ("workflow_id", "workspace_id", "version", "definition", "created_by")
  SELECT "id", "workspace_id", "version", "definition", "created_by" FROM "workflows" ON CONFLICT DO NOTHING;--> statement-breakpoint

-- What people think is added up in the row of what they think it of. The arguments are that table and the column that
-- names it.
CREATE FUNCTION "count_rating"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('UPDATE %I SET rating_count = rating_count + $1, rating_total = rating_total + $2 WHERE id = $3', TG_ARGV[0])
    USING CASE TG_OP WHEN 'INSERT' THEN 1 WHEN 'DELETE' THEN -1 ELSE 0 END,
      coalesce(NEW.rating, 0) - coalesce(OLD.rating, 0),
      coalesce(to_jsonb(NEW) ->> TG_ARGV[1], to_jsonb(OLD) ->> TG_ARGV[1])::uuid;
  RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER "workflow_ratings_count" AFTER INSERT OR DELETE OR UPDATE OF "rating" ON "workflow_ratings"
  FOR EACH ROW EXECUTE FUNCTION "count_rating"('workflows', 'workflow_id');--> statement-breakpoint
CREATE TRIGGER "node_ratings_count" AFTER INSERT OR DELETE OR UPDATE OF "rating" ON "node_ratings"
  FOR EACH ROW EXECUTE FUNCTION "count_rating"('nodes', 'node_id');--> statement-breakpoint
INSERT INTO "execution_engine" ("id") VALUES (1) ON CONFLICT DO NOTHING;
