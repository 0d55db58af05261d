import type { WorkflowRow } from '../workflows/queries.ts';
import type { DeploymentRow } from './queries.ts';
import type { Deployment, Live } from './schemas.ts';

export const presentDeployment = (row: DeploymentRow): Deployment => ({
  id: row.id,
  workflow_id: row.workflowId,
  number: row.number,
  kind: row.kind,
  version: row.version,
  replaced_version: row.replacedVersion,
  note: row.note,
  replay:
    row.replayId === null
      ? null
      : {
          execution_id: row.replayId,
          is_equal: row.replayIsEqual === true,
          differences: row.replayDifferences ?? 0,
        },
  created_by: row.createdBy,
  creator_name: row.creatorName,
  created_at: row.createdAt.toISOString(),
});

export function presentLive(workflow: WorkflowRow, last: DeploymentRow | undefined, ahead: number): Live {
  const { id, publishedVersion, version: draft } = workflow;
  const version = publishedVersion ?? draft;
  return {
    workflow_id: id,
    number: last?.number ?? 0,
    is_published: publishedVersion !== null,
    version,
    since: publishedVersion === null ? null : (last?.createdAt.toISOString() ?? null),
    deployment: last ? presentDeployment(last) : null,
    draft_version: draft,
    draft_ahead: ahead,
    diff_url: version === draft ? null : `/api/v1/workflows/${id}/versions/${version}/diff`,
    publish_requires_replay: workflow.publishRequiresReplay,
  };
}
