-- Files of workflows count against the storage of their workspace, as everything does that has a size.
CREATE TRIGGER "workflow_files_storage" AFTER INSERT OR DELETE OR UPDATE OF "size_bytes", "workspace_id" ON "workflow_files"
  FOR EACH ROW EXECUTE FUNCTION "count_workspace_storage"();
