-- Written by hand: what drizzle cannot say.
-- Executions that are deleted, by whomever and with whatever, are noted, so that they go on counting and nothing of them is
-- left. What was only prepared never ran, and counts no more; a workspace takes what is noted of it along.
CREATE FUNCTION "keep_removed_executions"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO removed_executions (execution_id, workspace_id, created_at)
  SELECT g.id, g.workspace_id, g.created_at
  FROM gone g JOIN workspaces w ON w.id = g.workspace_id
  WHERE g.status <> 'pending' OR g.next_check_at IS NOT NULL
  -- One that was deleted before, and started once more under the same id, has left something again.
  ON CONFLICT (execution_id) DO UPDATE SET clear_at = excluded.clear_at;
  RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER "workflow_executions_removed" AFTER DELETE ON "workflow_executions" REFERENCING OLD TABLE AS "gone"
  FOR EACH STATEMENT EXECUTE FUNCTION "keep_removed_executions"();--> statement-breakpoint

-- How many executions count against the plan of an account in a month, as far as it takes to know that they are as many as it
-- has: those of all workspaces that it owns, and those that were deleted since.
CREATE FUNCTION "executions_of_month"("owner" uuid, "month" timestamptz, "most" int) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT count(*) FROM workspaces o CROSS JOIN LATERAL (
    (SELECT x.id FROM workflow_executions x WHERE x.workspace_id = o.id AND x.created_at >= "month" LIMIT "most")
    UNION ALL
    (SELECT r.execution_id FROM removed_executions r
      WHERE r.workspace_id = o.id AND r.created_at >= "month" LIMIT "most")
  ) begun WHERE o.owner_id = "owner"
$$;--> statement-breakpoint

-- Of replays that were made before: what they repeat, as far as it is there.
UPDATE "workflow_replays" r SET "source_version" = s."workflow_version"
FROM "workflow_executions" s WHERE s."id" = r."source_execution_id" AND s."restart" -> 'configs' IS NULL;
