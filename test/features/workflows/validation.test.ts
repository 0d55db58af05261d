import { beforeAll, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { createWorkflow, steps, workflowPath, WORKFLOWS } from '../../helpers/workflows.ts';

let owner: User;
let stranger: User;
beforeAll(async () => {
  [owner, stranger] = await Promise.all([createUser(), createUser()]);
});

const needsKey = {
  nodes: [
    { id: 'start', type: 'trigger' },
    { id: 'a', type: 'set', data: { variables: { text: 'Bearer ${SOME_KEY}' } } },
  ],
  connections: [{ from: 'start', to: 'a' }],
};

const missing = {
  severity: 'error',
  code: 'missing_variable',
  node_id: 'a',
  field: 'variables.text',
  pointer: '/nodes/1/data/variables/text',
};

test('a definition is checked before it is saved, whatever it is', async () => {
  const check = (definition: unknown) => owner.post(`${WORKFLOWS}/validate`, { definition });
  expect((await check(steps('a', 'b'))).body).toMatchObject({
    is_valid: true,
    errors: [],
    warnings: [],
    total_nodes: 3,
    dependencies: { b: ['a'] },
  });
  const broken = { nodes: [null, { id: 'a', type: 'teleport' }, { id: 'a' }], edges: [{ source: 'a', target: 'z' }] };
  const { status, body } = await check(broken);
  expect(status).toBe(200);
  expect(body.is_valid).toBe(false);
  expect(body.errors.map(({ code, pointer }: any) => `${code} ${pointer}`)).toEqual([
    'not_a_node /nodes/0',
    'duplicate_id /nodes/2/id',
    'unknown_node /connections/0',
    'unknown_type /nodes/1/type',
  ]);
  expect(await check({ connections: [] })).toMatchObject({ status: 422 });
});

test('variables count that are given, and one’s own', async () => {
  const check = (user: User, variables?: object) =>
    user.post(`${WORKFLOWS}/validate`, { definition: needsKey, variables });
  expect((await check(owner)).body).toMatchObject({ errors: [missing], required_variables: ['SOME_KEY'] });
  expect((await check(owner, { SOME_KEY: 'x' })).body).toMatchObject({ is_valid: true });
  const made = await owner.post('/api/v1/user-variables/', { key: 'SOME_KEY', value: 'sk-of-mine' });
  expect(made.status).toBe(201);
  const checked = await check(owner);
  expect(checked.body).toMatchObject({ is_valid: true, required_variables: ['SOME_KEY'] });
  expect(JSON.stringify(checked.body)).not.toContain('sk-of-mine');
  expect((await check(stranger)).body).toMatchObject({ errors: [missing] });
});

test('a workflow is checked as it is; one of others is given none of one’s own variables', async () => {
  await stranger.post('/api/v1/user-variables/', { key: 'SOME_KEY', value: 'sk-of-mine' });
  const { id } = await createWorkflow(owner, { definition: needsKey, is_public: true });
  expect((await stranger.post(workflowPath(id, '/validate'))).body).toMatchObject({ errors: [missing] });
  const given = await stranger.post(workflowPath(id, '/validate'), { variables: { SOME_KEY: 'x' } });
  expect(given.body).toMatchObject({ is_valid: true });
});

test('public workflows of others are rated, by each once', async () => {
  const { id } = await createWorkflow(owner, { is_public: true, name: 'Rated' });
  const rate = (user: User, rating: unknown) =>
    user.post(workflowPath(id, '/rate'), undefined, { query: { rating: String(rating) } });
  expect((await rate(stranger, 2)).body).toEqual({ id, name: 'Rated', rating: 2, rating_average: 2, rating_count: 1 });
  expect((await rate(stranger, 5)).body).toMatchObject({ rating_average: 5, rating_count: 1 });
  expect((await rate(await createUser(), 4)).body).toMatchObject({ rating_average: 4.5, rating_count: 2 });
  expect((await owner.get(workflowPath(id))).body).toMatchObject({ rating_average: 4.5, rating_count: 2 });
  expect(await rate(owner, 5)).toMatchObject({ status: 409, body: { code: 'workflow_is_own' } });
  expect(await rate(stranger, 6)).toMatchObject({ status: 422 });
  await owner.put(workflowPath(id), { is_public: false });
  expect(await rate(stranger, 1)).toMatchObject({ status: 404 });
});
