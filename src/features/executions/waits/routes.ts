import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { AppError } from '../../../core/errors.ts';
import type { AppEnv } from '../../../http/app-env.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { toAppError } from '../../../http/errors/handler.ts';
import { detailOf } from '../../../http/errors/problem.ts';
import { body, formBody, json, jsonList, nextCursorHeader } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { fromForm, PAGE_HEADERS, toPage } from './page.ts';
import {
  CallbackAnswer,
  CallbackParams,
  CallbackState,
  ListApprovalsQuery,
  Wait,
  WaitAnswerRequest,
  WaitParams,
} from './schemas.ts';
import { answerLinked, answerWait, getLinked, getWait, listApprovals } from './service.ts';

export const waitsRouter = createRouter();

const TAG = 'Executions';

waitsRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/approvals',
    operationId: 'listApprovals',
    summary: 'List what waits for a decision',
    description: 'Newest first; those that you may decide, unless asked otherwise.',
    tag: TAG,
    access: 'executions:read',
    request: { query: ListApprovalsQuery },
    responses: { 200: jsonList('Approvals.', z.array(Wait)) },
  }),
  async (c) => {
    const { items, nextCursor } = await listApprovals(c.var.ctx, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

waitsRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/waits/{wait_id}',
    operationId: 'getWait',
    summary: 'Read what an execution waits for',
    tag: TAG,
    access: 'executions:read',
    workspaceOf: 'wait',
    etag: true,
    request: { params: WaitParams },
    responses: { 200: json('What is waited for.', Wait) },
  }),
  async (c) => c.json(await getWait(c.var.ctx, c.req.valid('param').wait_id), 200),
);

waitsRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/waits/{wait_id}/answer',
    operationId: 'answerWait',
    summary: 'Approve, reject or answer what an execution waits for',
    description: 'Once: of two answers the first counts, and the second is told when and by whom that was given.',
    tag: TAG,
    access: 'workflows:execute',
    workspaceOf: 'wait',
    request: { params: WaitParams, body: body(WaitAnswerRequest) },
    responses: { 200: json('As it is then.', Wait) },
    errors: ['not_an_approver', 'wait_closed'],
  }),
  async (c) => c.json(await answerWait(c.var.ctx, c.req.valid('param').wait_id, c.req.valid('json')), 200),
);

const LINK = '/api/v1/callbacks/{token}';

const NoStore = z.object({
  'Cache-Control': z.literal('no-store').optional().openapi({ description: 'It is for whoever has the link alone.' }),
});

const STATE = {
  description: 'What is waited for.',
  headers: NoStore,
  content: {
    'application/json': { schema: CallbackState },
    'text/html': { schema: { type: 'string' as const, examples: ['<!doctype html>'] } },
  },
};

/** Beside the problem that everybody else gets. */
const REFUSED = {
  description: 'The page once more, with what is wrong.',
  headers: NoStore,
  content: { 'text/html': STATE.content['text/html'] },
};

waitsRouter.openapi(
  endpoint({
    method: 'get',
    path: LINK,
    operationId: 'getCallback',
    summary: 'See what a link is for',
    description: 'A page for browsers, by which an approval is decided without signing in; JSON for everybody else.',
    tag: TAG,
    access: 'public',
    request: { params: CallbackParams },
    responses: { 200: STATE },
    errors: ['database_unavailable'],
  }),
  async (c) => {
    const state = await getLinked(c.var.ctx, c.req.valid('param').token);
    return (
      wantsPage(c) ? c.body(toPage(state, c.var.locale), 200, PAGE_HEADERS) : c.json(state, 200, NO_STORE)
    ) as never;
  },
);

waitsRouter.openapi(
  endpoint({
    method: 'post',
    path: LINK,
    operationId: 'answerCallback',
    summary: 'Answer by a link',
    description:
      'Works once, until it expires. What an execution waits for a call with goes on with the body; an approval takes ' +
      '`{decision: "approve" | "reject", comment, data}`.',
    tag: TAG,
    access: 'public',
    request: { params: CallbackParams, body: formBody(CallbackAnswer, 'CallbackAnswer') },
    responses: { 200: STATE, 409: REFUSED, 422: REFUSED },
    errors: ['wait_closed', 'database_unavailable'],
  }),
  async (c) => {
    const { ctx } = c.var;
    const { token } = c.req.valid('param');
    const given = c.req.valid('json');
    if (!wantsPage(c)) return c.json(await answerLinked(ctx, token, given), 200, NO_STORE) as never;
    const { form, kind } = await getLinked(ctx, token);
    try {
      const state = await answerLinked(ctx, token, kind === 'approval' ? fromForm(given, form) : given);
      return c.body(toPage(state, c.var.locale), 200, PAGE_HEADERS) as never;
    } catch (error) {
      const known = toAppError(error);
      if (!SHOWN.has(known.code)) throw error;
      const state = await getLinked(ctx, token);
      c.set('errorCode', known.code);
      const status = known.code === 'wait_closed' ? 409 : 422;
      return c.body(toPage(state, c.var.locale, faultsOf(known, c)), status, PAGE_HEADERS) as never;
    }
  },
);

const NO_STORE = { 'Cache-Control': 'no-store' };

/** What whoever fills in the page can mend, or has to know. */
const SHOWN = new Set<AppError['code']>(['validation_failed', 'wait_closed']);

const wantsPage = (c: Context<AppEnv>) => (c.req.header('accept') ?? '').toLowerCase().includes('text/html');

function faultsOf(error: AppError, c: Context<AppEnv>): string[] {
  const { fields = [] } = error.options;
  if (fields.length === 0) return [detailOf(error, c.var.locale)];
  return fields.map(({ loc, msg }) => `${loc.slice(1).join('.')}: ${msg}`);
}
