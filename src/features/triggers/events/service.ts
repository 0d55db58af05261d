import { requireWorkspace } from '../../../core/actor.ts';
import { notFound } from '../../../core/errors.ts';
import { toPage, toPageRequest, type Page } from '../../../core/pagination.ts';
import type { Ctx } from '../../../context.ts';
import { changeVersioned } from '../../../db/change-versioned.ts';
import { batchClaimed } from '../../../db/claims.ts';
import { refuseUnless } from '../../../db/refusals.ts';
import { auditChange } from '../../audit/index.ts';
import { holdWorkflow, placeOf } from '../../workflows/index.ts';
import { holdPermission } from '../../workspaces/index.ts';
import { alteredFields, answeringFor, columnsOf, differing, newColumns, TRIGGER_FIELDS } from '../changes.ts';
import { presentTrigger } from '../present.ts';
import { requireFilter } from './filter.ts';
import * as queries from './queries.ts';
import type { EventTrigger, EventTriggerCreate, EventTriggerUpdate, ListEventTriggersQuery } from './schemas.ts';

/** As many as a workspace may have: each is asked about every event. */
const TRIGGERS_LIMIT = 50;

const RESOURCE = 'event trigger';

export async function listEventTriggers(
  ctx: Ctx,
  workflowId: string,
  query: ListEventTriggersQuery,
): Promise<Page<EventTrigger>> {
  const { workspaceId } = placeOf(ctx, workflowId);
  const rows = await queries.findTriggers(ctx.db, workspaceId, workflowId, toPageRequest(query));
  const { items, nextCursor } = toPage(rows, query.limit);
  return { items: items.map(present), nextCursor };
}

/** @throws {AppError} `not_found` */
export async function getEventTrigger(ctx: Ctx, id: string): Promise<EventTrigger> {
  return present(await requireTrigger(ctx, id));
}

/** @throws {AppError} `not_found` */
export async function requireTrigger(ctx: Ctx, id: string): Promise<queries.EventTriggerRow> {
  const row = await queries.findTrigger(ctx.db, requireWorkspace(ctx.actor).id, id);
  if (!row) throw notFound(RESOURCE);
  return row;
}

/** What an earlier request made; null where it is gone. */
export async function findMade(ctx: Ctx, id: string): Promise<EventTrigger | null> {
  const row = await queries.findTrigger(ctx.db, requireWorkspace(ctx.actor).id, id);
  return row ? present(row) : null;
}

/** @throws {AppError} `not_found` (the workflow), `validation_failed` (the filter) or `limit_reached` */
export async function createEventTrigger(
  ctx: Ctx,
  workflowId: string,
  input: EventTriggerCreate,
): Promise<EventTrigger> {
  const { db } = ctx;
  requireFilter(input.filter);
  const workflow = placeOf(ctx, workflowId);
  const place = { id: crypto.randomUUID(), workspaceId: workflow.workspaceId };
  const { events, filter } = input;
  const row = { ...place, workflowId: workflow.workflowId, ...newColumns(ctx.actor, input), events, filter };
  const subject = { workspaceId: place.workspaceId, resourceId: place.id };
  const details = { workflow_id: row.workflowId, events: row.events, is_active: row.isActive };
  const limit = { resource: 'event triggers', limit: TRIGGERS_LIMIT };
  const results = await batchClaimed(ctx, place.id, [
    ...holdWorkflow(ctx, workflow, 'workflows:write'),
    refuseUnless(db, queries.hasRoom(db, place.workspaceId, TRIGGERS_LIMIT), 'limit_reached', limit),
    queries.insertTrigger(db, row),
    auditChange(ctx, { ...subject, action: 'event_trigger.created', details }),
  ]);
  const [created] = results.at(-2) as queries.EventTriggerRow[];
  return present(created!);
}

/** Changes what is given. @throws {AppError} `not_found`, `precondition_failed` or `validation_failed` */
export async function updateEventTrigger(
  ctx: Ctx,
  id: string,
  input: EventTriggerUpdate,
  versions: number[] | null,
): Promise<EventTrigger> {
  requireFilter(input.filter);
  const row = await changeVersioned(
    versions,
    () => requireTrigger(ctx, id),
    (present): queries.EventTriggerChanges | null => {
      const given = { ...columnsOf(input), events: input.events, filter: input.filter };
      const changes = differing(present, given as Partial<queries.EventTriggerRow>);
      if (Object.keys(changes).length === 0) return null;
      const answering = answeringFor(ctx.actor, present, input.granted_variables);
      return { ...changes, ...answering, ...(input.is_active && { inactiveReason: null }) };
    },
    (present, changes) => save(ctx, present, changes),
  );
  return present(row);
}

const FIELDS = { ...TRIGGER_FIELDS, events: 'events', filter: 'filter' };

async function save(
  ctx: Ctx,
  row: queries.EventTriggerRow,
  changes: queries.EventTriggerChanges,
): Promise<queries.EventTriggerRow> {
  const { db } = ctx;
  const { id, workspaceId, version } = row;
  const fields = alteredFields(row, changes, FIELDS);
  const [, , , [updated]] = await db.batch([
    ...holdPermission(ctx, { workspaceId }, 'workflows:write'),
    refuseUnless(db, queries.hasVersion(workspaceId, id, version), 'precondition_failed'),
    queries.updateTrigger(db, workspaceId, id, changes),
    auditChange(ctx, { workspaceId, action: 'event_trigger.updated', resourceId: id, details: { fields } }),
  ]);
  return updated!;
}

/** Deletes it, with the record of its events. What it has started goes on. @throws {AppError} `not_found` */
export async function deleteEventTrigger(ctx: Ctx, id: string): Promise<void> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  await ctx.db.batch([
    ...holdPermission(ctx, { workspaceId }, 'workflows:write'),
    refuseUnless(ctx.db, queries.exists(workspaceId, id), 'not_found', { resource: RESOURCE }),
    queries.deleteTrigger(ctx.db, workspaceId, id),
    auditChange(ctx, { workspaceId, action: 'event_trigger.deleted', resourceId: id }),
  ]);
}

const present = (row: queries.EventTriggerRow): EventTrigger => ({
  ...presentTrigger(row),
  events: row.events,
  filter: row.filter,
});
