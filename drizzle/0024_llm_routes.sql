CREATE TABLE "llm_cached_answers" (
	"workspace_id" uuid NOT NULL,
	"request_hash" text NOT NULL,
	"call_id" uuid NOT NULL,
	"hits" integer DEFAULT 0 NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "llm_cached_answers_workspace_id_request_hash_pk" PRIMARY KEY("workspace_id","request_hash")
);
--> statement-breakpoint
CREATE TABLE "llm_circuits" (
	"name" text PRIMARY KEY NOT NULL,
	"workspace_id" uuid,
	"provider" text NOT NULL,
	"model" text NOT NULL,
	"state" text NOT NULL,
	"calls" integer NOT NULL,
	"failed_calls" integer NOT NULL,
	"retry_at" timestamp (3) with time zone,
	"changed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "llm_comparisons" (
	"shadow_call_id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"route_id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"similarity" real,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "llm_route_decisions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workspace_id" uuid NOT NULL,
	"created_by" uuid NOT NULL,
	"route_id" uuid,
	"call_id" uuid,
	"facts" jsonb NOT NULL,
	"decision" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "llm_routes" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workspace_id" uuid NOT NULL,
	"created_by" uuid,
	"name" text NOT NULL,
	"strategy" text NOT NULL,
	"targets" jsonb NOT NULL,
	"deadlines" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"cache_seconds" integer DEFAULT 0 NOT NULL,
	"shadow" jsonb,
	"is_active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "llm_calls" ADD COLUMN "route_id" uuid;--> statement-breakpoint
ALTER TABLE "llm_health" ADD COLUMN "average_first_token_ms" integer;--> statement-breakpoint
ALTER TABLE "llms" ADD COLUMN "supports_assistant_prefill" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "llm_cached_answers" ADD CONSTRAINT "llm_cached_answers_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "llm_circuits" ADD CONSTRAINT "llm_circuits_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "llm_comparisons" ADD CONSTRAINT "llm_comparisons_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "llm_route_decisions" ADD CONSTRAINT "llm_route_decisions_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "llm_route_decisions" ADD CONSTRAINT "llm_route_decisions_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "llm_routes" ADD CONSTRAINT "llm_routes_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "llm_routes" ADD CONSTRAINT "llm_routes_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "llm_cached_answers_expires_at_idx" ON "llm_cached_answers" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "llm_circuits_workspace_id_idx" ON "llm_circuits" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "llm_comparisons_workspace_id_idx" ON "llm_comparisons" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "llm_comparisons_route_id_idx" ON "llm_comparisons" USING btree ("route_id","created_at");--> statement-breakpoint
CREATE INDEX "llm_route_decisions_workspace_id_idx" ON "llm_route_decisions" USING btree ("workspace_id","created_at","id");--> statement-breakpoint
CREATE INDEX "llm_route_decisions_created_by_idx" ON "llm_route_decisions" USING btree ("created_by");--> statement-breakpoint
CREATE INDEX "llm_route_decisions_created_at_idx" ON "llm_route_decisions" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "llm_routes_name_key" ON "llm_routes" USING btree ("workspace_id","name");--> statement-breakpoint
CREATE INDEX "llm_routes_created_by_idx" ON "llm_routes" USING btree ("created_by");--> statement-breakpoint
CREATE INDEX "llm_routes_workspace_id_idx" ON "llm_routes" USING btree ("workspace_id","created_at","id");