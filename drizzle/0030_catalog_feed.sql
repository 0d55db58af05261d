-- A change takes its number once no other transaction can still commit one before it: who follows the feed by the highest
-- number that they have must not be overtaken. Whoever changes the catalogue locks its version anyway.
CREATE OR REPLACE FUNCTION "note_llm_change"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  former jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - '{created_at,updated_at,version}'::text[] END;
  present jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - '{created_at,updated_at,version}'::text[] END;
  changed jsonb;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT jsonb_object_agg(key, jsonb_build_object('from', former -> key, 'to', value)) INTO changed
      FROM jsonb_each(present) WHERE value IS DISTINCT FROM former -> key;
    IF changed IS NULL THEN RETURN NULL; END IF;
  END IF;
  PERFORM FROM llm_catalog_version FOR NO KEY UPDATE;
  INSERT INTO llm_catalog_changes (llm_id, provider, name, change, fields) VALUES (
    coalesce(NEW.id, OLD.id), coalesce(NEW.provider, OLD.provider), coalesce(NEW.name, OLD.name),
    CASE TG_OP WHEN 'INSERT' THEN 'added' WHEN 'UPDATE' THEN 'changed' ELSE 'removed' END,
    coalesce(changed, '{}')
  );
  RETURN NULL;
END
$$;
