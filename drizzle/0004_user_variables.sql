CREATE TABLE "user_variables" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workspace_id" uuid NOT NULL,
	"created_by" uuid NOT NULL,
	"key" text NOT NULL,
	"sealed_value" text NOT NULL,
	"category" text,
	"description" text,
	"is_active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "user_variables" ADD CONSTRAINT "user_variables_member_fk" FOREIGN KEY ("workspace_id","created_by") REFERENCES "public"."workspace_members"("workspace_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "user_variables_owner_key" ON "user_variables" USING btree ("workspace_id","created_by","key");--> statement-breakpoint
CREATE INDEX "user_variables_sealed_with_idx" ON "user_variables" USING btree (split_part("sealed_value", '.', 1),"id");