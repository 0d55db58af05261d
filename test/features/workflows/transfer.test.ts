import { beforeAll, describe, expect, test } from 'vitest';
import { withoutSecrets } from '../../../src/features/workflows/definition/without-secrets.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import { createWorkflow, steps, workflowPath, WORKFLOWS } from '../../helpers/workflows.ts';

let owner: User;
let stranger: User;
beforeAll(async () => {
  [owner, stranger] = await Promise.all([createUser(), createUser()]);
});

const importAs = (user: User, document: unknown) => user.post(`${WORKFLOWS}/import`, document);

test('what is exported is imported elsewhere, as the same', async () => {
  const about = { name: 'Orders', description: 'Answers', category: 'support', tags: ['x'] };
  const definition = { ...steps('a'), viewport: { zoom: 2 } };
  const made = await createWorkflow(owner, { ...about, is_public: true, status: 'active', definition });
  const exported = await stranger.get(workflowPath(made.id, '/export'));
  expect(exported.body).toMatchObject({ format: 'synapscale.workflow', schema_version: 1 });
  expect(exported.body.workflow).toEqual({ ...about, definition });
  expect(JSON.stringify(exported.body)).not.toContain(owner.id);
  expect((await owner.get(workflowPath(made.id))).body.downloads_count).toBe(1);
  await owner.get(workflowPath(made.id, '/export'));
  expect((await owner.get(workflowPath(made.id))).body.downloads_count).toBe(1);
  const imported = await importAs(stranger, exported.body);
  expect(imported).toMatchObject({
    status: 201,
    body: {
      workflow: { ...about, definition, user_id: stranger.id, is_public: false, status: 'draft' },
      validation: { is_valid: true, errors: [] },
    },
  });
  const renamed = await importAs(stranger, { name: 'Mine', document: exported.body });
  expect(renamed.body.workflow).toMatchObject({ name: 'Mine', definition });
});

test('an import is made once for an Idempotency-Key, and told what it lacks', async () => {
  const headers = { 'Idempotency-Key': crypto.randomUUID() };
  const nodes = [{ id: 'a', type: 'set', config: { variables: { key: '${MISSING_KEY}' } } }];
  const send = () => owner.post(`${WORKFLOWS}/import`, { name: 'Lacks', nodes, edges: [] }, { headers });
  const first = await send();
  expect(first.body.validation).toMatchObject({
    is_valid: false,
    errors: [{ code: 'missing_variable', node_id: 'a', pointer: '/nodes/0/config/variables/key' }],
    required_variables: ['MISSING_KEY'],
  });
  expect(first.body.workflow.definition).toEqual({ nodes, connections: [] });
  expect((await send()).body).toEqual(first.body);
});

test('what n8n exports is read', async () => {
  const document = {
    name: 'From n8n',
    nodes: [
      { id: '1', name: 'When clicked', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, parameters: {} },
      { id: '2', name: 'Is it?', type: 'n8n-nodes-base.if', parameters: { expression: 'true' }, position: [1, 2] },
      { id: '3', name: 'Yes', type: 'n8n-nodes-base.set', parameters: { values: { a: 1 } } },
      { id: '4', name: 'No', type: 'n8n-nodes-base.noSuchThing', parameters: {} },
    ],
    connections: {
      'When clicked': { main: [[{ node: 'Is it?', type: 'main', index: 0 }]] },
      'Is it?': { main: [[{ node: 'Yes', type: 'main', index: 0 }], [{ node: 'No', type: 'main', index: 0 }]] },
    },
    tags: [{ id: 'x', name: 'mail' }],
  };
  const { status, body } = await importAs(owner, document);
  expect(status).toBe(201);
  expect(body.workflow).toMatchObject({ name: 'From n8n', tags: ['mail'] });
  expect(body.workflow.definition.connections).toEqual([
    { from: '1', fromPort: 'output', to: '2' },
    { from: '2', fromPort: 'true', to: '3' },
    { from: '2', fromPort: 'false', to: '4' },
  ]);
  expect(body.workflow.definition.nodes[1]).toEqual({
    id: '2',
    name: 'Is it?',
    type: 'condition',
    position: [1, 2],
    config: { expression: 'true' },
  });
  expect(body.validation.errors.map(({ code, node_id }: any) => [code, node_id])).toEqual([['unknown_type', '4']]);
});

describe('refused is an import', () => {
  test.each([
    ['without a definition', { name: 'None' }, ['body', 'definition']],
    ['with nodes that are none', { nodes: ['a'], connections: [] }, ['body', 'definition', 'nodes', 0]],
    ['with an end that is no node', { nodes: [{ id: 'a' }], edges: [{ source: 'a', target: 'b' }] }, undefined],
    ['with a name that is too long', { workflow: { name: 'x'.repeat(256), definition: steps() } }, ['body', 'name']],
  ])('%s', async (_, document, loc) => {
    const { status, body } = await importAs(owner, document);
    expect(status).toBe(422);
    expect(body.errors[0].loc).toEqual(loc ?? ['body', 'definition', 'connections', 0, 'target']);
  });
});

test('what looks like a secret becomes a reference, and all else stays', () => {
  const config = {
    url: 'https://api.example.test',
    api_key: 'sk-1',
    apiKey: 'sk-2',
    password: '',
    max_tokens: 5,
    token: '${MINE}',
    access_token: 'prefix-${MINE}',
    headers: { Authorization: 'Bearer abc', 'X-Api-Key': '{{KEY}}', Accept: 'text/plain' },
    params: [
      { name: 'api-key', value: 'sk-3' },
      { key: 'page', value: '1' },
    ],
    note: 'the password is none',
  };
  const definition = { nodes: [{ id: 'a', type: 'http', data: config }], connections: [{ token: 'x' }] };
  expect(withoutSecrets(definition)).toEqual({
    nodes: [
      {
        id: 'a',
        type: 'http',
        data: {
          ...config,
          api_key: '${API_KEY}',
          apiKey: '${API_KEY}',
          access_token: '${ACCESS_TOKEN}',
          headers: { Authorization: '${AUTHORIZATION}', 'X-Api-Key': '{{KEY}}', Accept: 'text/plain' },
          params: [
            { name: 'api-key', value: '${API_KEY}' },
            { key: 'page', value: '1' },
          ],
        },
      },
    ],
    connections: [{ token: 'x' }],
  });
});
