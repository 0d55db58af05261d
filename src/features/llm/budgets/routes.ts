import { z } from '@hono/zod-openapi';
import type { Ctx } from '../../../context.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { once } from '../../../http/idempotency.ts';
import { message } from '../../../http/messages.ts';
import { body, json, jsonList, nextCursorHeader } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { Message } from '../../../http/schemas.ts';
import { Budget, BudgetCreate, BudgetParams, BudgetUpdate, ListBudgetsQuery } from './schemas.ts';
import * as service from './service.ts';

export const budgetsRouter = createRouter();

const TAG = 'LLM';
const BASE = '/api/v1/llm/budgets';

budgetsRouter.openapi(
  endpoint({
    method: 'get',
    path: BASE,
    operationId: 'listBudgets',
    summary: 'List the budgets of a workspace',
    description: 'With what is spent, reserved and left of each at this moment. Newest first.',
    tag: TAG,
    access: 'budgets:read',
    request: { query: ListBudgetsQuery },
    responses: { 200: jsonList('Budgets.', z.array(Budget)) },
    errors: ['service_unavailable'],
  }),
  async (c) => {
    const { items, nextCursor } = await service.listBudgets(c.var.ctx, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

budgetsRouter.openapi(
  endpoint({
    method: 'post',
    path: BASE,
    operationId: 'createBudget',
    summary: 'Limit what calls to models may cost',
    description:
      'A hard limit, for calls with keys of the platform: each call reserves what it may cost at the most before it ' +
      'is made, and is refused with 402 where that is more than what is left. However many run at once, together they ' +
      'spend no more. A model without a price is refused with 422. Where the request or its route has other models, such ' +
      'a model is passed over.',
    tag: TAG,
    access: 'budgets:write',
    idempotent: true,
    request: { body: body(BudgetCreate) },
    responses: { 201: json('The new budget.', Budget) },
    errors: ['already_exists', 'limit_reached', 'service_unavailable'],
  }),
  async (c) => {
    const input = c.req.valid('json');
    const perform = (ctx: Ctx) => service.createBudget(ctx, input);
    return c.json(await once(c, { perform, replay: service.findBudget }), 201);
  },
);

budgetsRouter.openapi(
  endpoint({
    method: 'get',
    path: `${BASE}/{budget_id}`,
    operationId: 'getBudget',
    summary: 'Read a budget',
    tag: TAG,
    access: 'budgets:read',
    etag: true,
    request: { params: BudgetParams },
    responses: { 200: json('The budget.', Budget) },
    errors: ['service_unavailable'],
  }),
  async (c) => c.json(await service.getBudget(c.var.ctx, c.req.valid('param').budget_id), 200),
);

budgetsRouter.openapi(
  endpoint({
    method: 'patch',
    path: `${BASE}/{budget_id}`,
    operationId: 'updateBudget',
    summary: 'Change the amount of a budget',
    tag: TAG,
    access: 'budgets:write',
    request: { params: BudgetParams, body: body(BudgetUpdate) },
    responses: { 200: json('The budget as it is now.', Budget) },
    errors: ['service_unavailable'],
  }),
  async (c) => {
    const budget = await service.updateBudget(c.var.ctx, c.req.valid('param').budget_id, c.req.valid('json'));
    return c.json(budget, 200);
  },
);

budgetsRouter.openapi(
  endpoint({
    method: 'delete',
    path: `${BASE}/{budget_id}`,
    operationId: 'deleteBudget',
    summary: 'Take a budget away',
    tag: TAG,
    access: 'budgets:write',
    request: { params: BudgetParams },
    responses: { 200: json('It is gone.', Message) },
  }),
  async (c) => {
    await service.deleteBudget(c.var.ctx, c.req.valid('param').budget_id);
    return c.json(message(c, { en: 'Budget deleted.', pt: 'Orçamento removido.' }), 200);
  },
);
