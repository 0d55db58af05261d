CREATE TABLE "cron_tasks" (
	"name" text PRIMARY KEY NOT NULL,
	"cron" text NOT NULL,
	"last_started_at" timestamp (3) with time zone NOT NULL,
	"last_finished_at" timestamp (3) with time zone NOT NULL,
	"last_succeeded_at" timestamp (3) with time zone,
	"last_error" text
);
--> statement-breakpoint
CREATE TABLE "idempotency_claims" (
	"scope" text PRIMARY KEY NOT NULL,
	"request_hash" text NOT NULL,
	"resource_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "dead_letters" ADD COLUMN "replayed_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "idempotency_claims_created_at_idx" ON "idempotency_claims" USING btree ("created_at");