import { sql, type SQL } from 'drizzle-orm';
import { eventTriggers, webhookTriggers } from '../../db/schema/index.ts';

const TABLES = { event_trigger: eventTriggers, webhook: webhookTriggers };

/** Kinds of triggers that act for somebody whenever something comes, and are switched off where they may not. */
export type TriggerKind = keyof typeof TABLES;

export type TriggerRow = (typeof TABLES)[TriggerKind]['$inferSelect'];

/** Switches a trigger off because of whom it acts for, unless somebody has changed it since, as a change to be audited. */
export const disableTrigger = (
  kind: TriggerKind,
  { id, workspaceId, version }: Pick<TriggerRow, 'id' | 'workspaceId' | 'version'>,
): SQL => sql`
  update ${TABLES[kind]} set is_active = false, inactive_reason = 'rights_lost', version = version + 1, updated_at = now()
  where id = ${id}::uuid and workspace_id = ${workspaceId}::uuid and is_active and version = ${version}::int
  returning workspace_id, id as resource_id, jsonb_build_object('reason', inactive_reason) as details`;
