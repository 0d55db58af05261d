-- Every change of the catalogue raises its version, whoever made it, so that caches can tell old from new.
INSERT INTO "llm_catalog_version" DEFAULT VALUES ON CONFLICT DO NOTHING;--> statement-breakpoint
CREATE FUNCTION "raise_llm_catalog_version"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "llm_catalog_version" SET "version" = "version" + 1, "changed_at" = now();
  RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER "llms_raise_catalog_version"
  AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "llms"
  FOR EACH STATEMENT EXECUTE FUNCTION "raise_llm_catalog_version"();
