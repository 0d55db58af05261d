import type { WaitRow } from './queries.ts';
import type { Wait } from './schemas.ts';

export const presentWait = (row: WaitRow): Wait => ({
  id: row.id,
  workspace_id: row.workspace_id,
  execution_id: row.execution_id,
  workflow_id: row.workflow_id,
  workflow_name: row.workflow_name,
  node_id: row.node_key,
  iteration: row.iteration,
  kind: row.kind,
  status: row.status,
  title: row.title,
  message: row.message,
  form: row.form,
  approver_ids: row.approver_ids,
  approver_role: row.approver_role,
  has_link: row.has_link,
  may_answer: row.may_answer && row.status === 'open',
  answer: row.answer,
  answered_by: row.answered_by,
  answered_via: row.answered_via,
  answered_at: row.answered_at && new Date(row.answered_at).toISOString(),
  expires_at: new Date(row.expires_at).toISOString(),
  created_at: new Date(row.created_at).toISOString(),
});
