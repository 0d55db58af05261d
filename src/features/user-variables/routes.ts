import { endpoint } from '../../http/endpoint.ts';
import { matchingVersions, versionTag } from '../../http/etag.ts';
import { once } from '../../http/idempotency.ts';
import { message } from '../../http/messages.ts';
import { body, json } from '../../http/respond.ts';
import { createRouter } from '../../http/router.ts';
import { Message } from '../../http/schemas.ts';
import {
  ListVariablesQuery,
  MaskingReport,
  UserVariable,
  UserVariableCreate,
  UserVariableList,
  UserVariableUpdate,
  VariableParams,
} from './schemas.ts';
import {
  createVariable,
  deleteVariable,
  describeMasking,
  findVariable,
  getVariable,
  listVariables,
  updateVariable,
} from './service.ts';

export const variablesRouter = createRouter();

const TAG = 'Variables';
const BASE = '/api/v1/user-variables';

variablesRouter.openapi(
  endpoint({
    method: 'get',
    path: BASE,
    operationId: 'listUserVariables',
    summary: 'List your variables in this workspace',
    description: 'Values are masked, whatever `include_values` says.',
    tag: TAG,
    access: 'variables:read',
    request: { query: ListVariablesQuery },
    responses: { 200: json('A page of them.', UserVariableList) },
  }),
  async (c) => c.json(await listVariables(c.var.ctx, c.req.valid('query')), 200),
);

variablesRouter.openapi(
  endpoint({
    method: 'post',
    path: BASE,
    operationId: 'createUserVariable',
    summary: 'Keep a secret or a setting',
    description:
      'Yours alone, in this workspace. What you run here reads it as `${KEY}` or `{{KEY}}`. The value is encrypted ' +
      'and never shown again.',
    tag: TAG,
    access: 'variables:write',
    idempotent: true,
    request: { body: body(UserVariableCreate) },
    responses: { 201: json('The new variable.', UserVariable) },
    errors: ['already_exists', 'limit_reached'],
  }),
  async (c) => {
    const input = c.req.valid('json');
    const created = await once(c, { perform: (ctx) => createVariable(ctx, input), replay: findVariable });
    return c.json(created, 201);
  },
);

variablesRouter.openapi(
  endpoint({
    method: 'get',
    path: `${BASE}/debug/masking`,
    operationId: 'describeMasking',
    summary: 'See how values are masked',
    description: 'With invented values: nothing that anybody stored is read.',
    tag: TAG,
    access: 'variables:read',
    responses: { 200: json('The rule, and what it makes of some samples.', MaskingReport) },
  }),
  (c) => c.json(describeMasking(), 200),
);

variablesRouter.openapi(
  endpoint({
    method: 'get',
    path: `${BASE}/{variable_id}`,
    operationId: 'getUserVariable',
    summary: 'Read one of your variables',
    description: 'The value is masked.',
    tag: TAG,
    access: 'variables:read',
    etag: true,
    request: { params: VariableParams },
    responses: { 200: json('The variable.', UserVariable) },
  }),
  async (c) => {
    const variable = await getVariable(c.var.ctx, c.req.valid('param').variable_id);
    return c.json(variable, 200, { ETag: versionTag(variable.version) });
  },
);

/** Older clients change a part by PUT. */
for (const [method, operationId] of [
  ['patch', 'updateUserVariable'],
  ['put', 'replaceUserVariable'],
] as const) {
  variablesRouter.openapi(
    endpoint({
      method,
      path: `${BASE}/{variable_id}`,
      operationId,
      summary: 'Change one of your variables',
      description: 'Only what is given changes, by PATCH and by PUT alike.',
      tag: TAG,
      access: 'variables:write',
      ifMatch: true,
      request: { params: VariableParams, body: body(UserVariableUpdate) },
      responses: { 200: json('The variable as it is now.', UserVariable) },
      errors: ['already_exists'],
    }),
    async (c) => {
      const versions = matchingVersions(c.req.header('if-match'));
      const id = c.req.valid('param').variable_id;
      const variable = await updateVariable(c.var.ctx, id, c.req.valid('json'), versions);
      return c.json(variable, 200, { ETag: versionTag(variable.version) });
    },
  );
}

variablesRouter.openapi(
  endpoint({
    method: 'delete',
    path: `${BASE}/{variable_id}`,
    operationId: 'deleteUserVariable',
    summary: 'Delete one of your variables',
    tag: TAG,
    access: 'variables:write',
    request: { params: VariableParams },
    responses: { 200: json('It is gone.', Message) },
  }),
  async (c) => {
    await deleteVariable(c.var.ctx, c.req.valid('param').variable_id);
    return c.json(message(c, { en: 'Variable deleted.', pt: 'Variável removida com sucesso' }), 200);
  },
);
