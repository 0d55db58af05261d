import { z } from '@hono/zod-openapi';
import type { Ctx } from '../../../context.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { matchingVersions, versionTag } from '../../../http/etag.ts';
import { once } from '../../../http/idempotency.ts';
import { message } from '../../../http/messages.ts';
import { body, json, jsonList, nextCursorHeader } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { Message } from '../../../http/schemas.ts';
import { TriggerWorkflowParams } from '../schemas.ts';
import * as schemas from './schemas.ts';
import * as service from './service.ts';

export const schedulesRouter = createRouter();

const TAG = 'Triggers';
const OF_WORKFLOW = '/api/v1/workflows/{workflow_id}/schedules';
const BASE = '/api/v1/schedules';
const ONE = `${BASE}/{schedule_id}`;

/** What is shown with a revision without being part of it: how far the clock has come. */
const tagOf = ({ revision, next_due_at: next, last_due_at: last }: schemas.Schedule) =>
  versionTag(revision, ...[next, last].map((time) => (time === null ? 0 : Date.parse(time))));

schedulesRouter.openapi(
  endpoint({
    method: 'get',
    path: OF_WORKFLOW,
    operationId: 'listWorkflowSchedules',
    summary: 'List the schedules of a workflow',
    description: 'Newest first.',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'workflow',
    request: { params: TriggerWorkflowParams, query: schemas.ListSchedulesQuery },
    responses: { 200: jsonList('Schedules.', z.array(schemas.Schedule)) },
  }),
  async (c) => {
    const { workflow_id: workflowId } = c.req.valid('param');
    const { items, nextCursor } = await service.listSchedules(c.var.ctx, c.req.valid('query'), workflowId);
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

schedulesRouter.openapi(
  endpoint({
    method: 'post',
    path: OF_WORKFLOW,
    operationId: 'createSchedule',
    summary: 'Run a workflow by the clock',
    description:
      'Of a workflow of the same workspace. Each time that it is due, it starts one execution, once, with the rights that ' +
      'whoever made, changed or resumed it last has then; by a token, as long as that is valid. Whoever may not run ' +
      'workflows any more has it stopped, and is told by mail.',
    tag: TAG,
    access: 'workflows:execute',
    workspaceOf: 'workflow',
    idempotent: true,
    request: { params: TriggerWorkflowParams, body: body(schemas.ScheduleCreate) },
    responses: { 201: json('The new schedule.', schemas.Schedule) },
    errors: ['limit_reached'],
  }),
  async (c) => {
    const [{ workflow_id: workflowId }, input] = [c.req.valid('param'), c.req.valid('json')];
    const perform = (ctx: Ctx) => service.createSchedule(ctx, workflowId, input);
    return c.json(await once(c, { perform, replay: service.findSchedule }), 201);
  },
);

schedulesRouter.openapi(
  endpoint({
    method: 'get',
    path: BASE,
    operationId: 'listSchedules',
    summary: 'List the schedules of a workspace',
    description: 'Newest first.',
    tag: TAG,
    access: 'workflows:read',
    request: { query: schemas.ListSchedulesQuery },
    responses: { 200: jsonList('Schedules.', z.array(schemas.Schedule)) },
  }),
  async (c) => {
    const { items, nextCursor } = await service.listSchedules(c.var.ctx, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

schedulesRouter.openapi(
  endpoint({
    method: 'post',
    path: `${BASE}/preview`,
    operationId: 'previewTiming',
    summary: 'See when a cron would be due',
    description: 'The next 20 times, with what becomes of those at which clocks are set. Nothing is stored.',
    tag: TAG,
    access: 'workflows:read',
    request: { body: body(schemas.SchedulePreviewRequest) },
    responses: { 200: json('When it would be due.', schemas.SchedulePreview) },
  }),
  async (c) => c.json(service.previewTiming(c.req.valid('json')), 200),
);

schedulesRouter.openapi(
  endpoint({
    method: 'get',
    path: ONE,
    operationId: 'getSchedule',
    summary: 'Read a schedule',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'schedule',
    etag: true,
    request: { params: schemas.ScheduleParams },
    responses: { 200: json('The schedule.', schemas.Schedule) },
  }),
  async (c) => {
    const schedule = await service.getSchedule(c.var.ctx, c.req.valid('param').schedule_id);
    return c.json(schedule, 200, { ETag: tagOf(schedule) });
  },
);

schedulesRouter.openapi(
  endpoint({
    method: 'patch',
    path: ONE,
    operationId: 'updateSchedule',
    summary: 'Change a schedule',
    description:
      'Only what is given changes. With another timing it is due from now on by that; what was due already stays so ' +
      'otherwise. From now on it acts for you.',
    tag: TAG,
    access: 'workflows:execute',
    workspaceOf: 'schedule',
    ifMatch: true,
    request: { params: schemas.ScheduleParams, body: body(schemas.ScheduleUpdate) },
    responses: { 200: json('The schedule as it is now.', schemas.Schedule) },
  }),
  async (c) => {
    const revisions = matchingVersions(c.req.header('if-match'));
    const { schedule_id: id } = c.req.valid('param');
    const schedule = await service.updateSchedule(c.var.ctx, id, c.req.valid('json'), revisions);
    return c.json(schedule, 200, { ETag: tagOf(schedule) });
  },
);

schedulesRouter.openapi(
  endpoint({
    method: 'delete',
    path: ONE,
    operationId: 'deleteSchedule',
    summary: 'Delete a schedule',
    description: 'With the list of what became of it. Its executions stay, and go on.',
    tag: TAG,
    access: 'workflows:execute',
    workspaceOf: 'schedule',
    request: { params: schemas.ScheduleParams },
    responses: { 200: json('It is gone.', Message) },
  }),
  async (c) => {
    await service.deleteSchedule(c.var.ctx, c.req.valid('param').schedule_id);
    return c.json(message(c, { en: 'Schedule deleted.', pt: 'Agendamento removido.' }), 200);
  },
);

schedulesRouter.openapi(
  endpoint({
    method: 'post',
    path: `${ONE}/pause`,
    operationId: 'pauseSchedule',
    summary: 'Let a schedule rest',
    description: 'It is not due until it is resumed, and misses nothing. What has begun goes on.',
    tag: TAG,
    access: 'workflows:execute',
    workspaceOf: 'schedule',
    request: { params: schemas.ScheduleParams },
    responses: { 200: json('The schedule as it is now.', schemas.Schedule) },
  }),
  async (c) => c.json(await service.pauseSchedule(c.var.ctx, c.req.valid('param').schedule_id), 200),
);

schedulesRouter.openapi(
  endpoint({
    method: 'post',
    path: `${ONE}/resume`,
    operationId: 'resumeSchedule',
    summary: 'Let a schedule go on',
    description: 'From now, and acting for you; also one that was stopped because of whom it acted for.',
    tag: TAG,
    access: 'workflows:execute',
    workspaceOf: 'schedule',
    request: { params: schemas.ScheduleParams },
    responses: { 200: json('The schedule as it is now.', schemas.Schedule) },
  }),
  async (c) => c.json(await service.resumeSchedule(c.var.ctx, c.req.valid('param').schedule_id), 200),
);

schedulesRouter.openapi(
  endpoint({
    method: 'get',
    path: `${ONE}/preview`,
    operationId: 'previewSchedule',
    summary: 'See when a schedule will be due',
    description:
      'The next 20 times, with what becomes of those at which clocks are set; of a paused one, if it were resumed now.',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'schedule',
    request: { params: schemas.ScheduleParams },
    responses: { 200: json('When it will be due.', schemas.SchedulePreview) },
  }),
  async (c) => c.json(await service.previewSchedule(c.var.ctx, c.req.valid('param').schedule_id), 200),
);

schedulesRouter.openapi(
  endpoint({
    method: 'get',
    path: `${ONE}/occurrences`,
    operationId: 'listScheduleOccurrences',
    summary: 'List what became of a schedule',
    description: 'Each time that it was due, the latest first, of the last 90 days.',
    tag: TAG,
    access: 'workflows:read',
    workspaceOf: 'schedule',
    request: { params: schemas.ScheduleParams, query: schemas.ListSchedulesQuery },
    responses: { 200: jsonList('Occurrences.', z.array(schemas.ScheduleOccurrence)) },
  }),
  async (c) => {
    const { schedule_id: id } = c.req.valid('param');
    const { items, nextCursor } = await service.listOccurrences(c.var.ctx, id, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);
