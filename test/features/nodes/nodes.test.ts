import { beforeAll, describe, expect, test } from 'vitest';
import { findNodeType } from '../../../src/features/nodes/index.ts';
import { addMember, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { auditOf } from '../../helpers/audit.ts';
import { ctxOf, outputOf } from '../../helpers/nodes.ts';

const NODES = '/api/v1/nodes';

let owner: User;
let stranger: User;
beforeAll(async () => {
  [owner, stranger] = await Promise.all([createUser(), createUser()]);
});

const NEW = { name: 'Double', type: 'transform', code_template: 'number * $parameters.factor' };

async function create(user: User, more: object = {}): Promise<any> {
  const { status, body } = await user.post(NODES, { ...NEW, ...more });
  expect(status).toBe(200);
  return body;
}

const at = (id: string, rest = '') => `${NODES}/${id}${rest}`;

describe('a reusable node', () => {
  test('is made, read, changed and deleted', async () => {
    const made = await create(owner, { category: 'maths', examples: [{ input: 1 }] });
    expect(made).toMatchObject({
      ...NEW,
      user_id: owner.id,
      workspace_id: owner.workspaceId,
      version: '1.0.1',
      status: 'draft',
      icon: '🔧',
      color: '#6366f1',
      input_schema: {},
      parameters_schema: null,
      usage_count: 0,
      rating_average: 0,
    });
    const read = await owner.get(at(made.id));
    expect(read.body).toEqual(made);
    const etag = read.headers.get('etag')!;
    const changed = await owner.put(at(made.id), { name: 'Triple', category: null }, { headers: { 'If-Match': etag } });
    expect(changed.body).toMatchObject({ name: 'Triple', category: null, version: '1.0.2', type: 'transform' });
    expect((await owner.put(at(made.id), { name: 'Late' }, { headers: { 'If-Match': etag } })).status).toBe(412);
    expect((await owner.patch(at(made.id), { name: 'Triple' })).body).toMatchObject({ version: '1.0.2' });
    expect((await owner.delete(at(made.id), undefined, { headers: { 'If-Match': etag } })).status).toBe(412);
    expect((await owner.delete(at(made.id))).status).toBe(200);
    expect((await owner.get(at(made.id))).status).toBe(404);
  });

  test('is made once for its Idempotency-Key', async () => {
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const [first, again] = [await owner.post(NODES, NEW, { headers }), await owner.post(NODES, NEW, { headers })];
    expect(again.body).toEqual(first.body);
  });

  test.each([
    [{ type: 'nothing' }],
    [{ color: 'red' }],
    [{ icon: 'much too long' }],
    [{ code_template: '' }],
    [{ input_schema: { x: 'y'.repeat(70_000) } }],
  ])('%j is refused', async (fault) => {
    expect((await owner.post(NODES, { ...NEW, ...fault })).status).toBe(422);
  });

  test('is nobody else’s, unless it is public', async () => {
    const { id } = await create(owner);
    expect((await stranger.get(at(id))).status).toBe(404);
    expect((await stranger.post(at(id, '/rate?rating=5'))).status).toBe(404);
    expect((await stranger.post(at(id, '/download'))).status).toBe(404);
    expect((await owner.post(at(id, '/rate?rating=5'))).status).toBe(404);
    await owner.put(at(id), { is_public: true });
    expect((await stranger.get(at(id))).body).toMatchObject({ id, is_public: true });
    expect((await stranger.put(at(id), { name: 'Mine' })).status).toBe(403);
    expect((await stranger.delete(at(id))).status).toBe(403);
    const actions = (await auditOf(owner.workspaceId)).filter(({ resource_id: about }: any) => about === id);
    expect(actions.map(({ action }: any) => action)).toEqual(['node.shared']);
  });

  test('belongs to its workspace, by the path alone', async () => {
    const workspaceId = await createWorkspace(owner);
    await addMember(workspaceId, stranger, 'viewer');
    const made = await owner.post(NODES, NEW, { headers: { 'X-Workspace-Id': workspaceId } });
    expect((await stranger.get(at(made.body.id))).body).toMatchObject({ workspace_id: workspaceId });
    expect((await stranger.put(at(made.body.id), { name: 'x' })).status).toBe(403);
  });

  test('is rated once each, and its downloads are counted', async () => {
    const { id } = await create(owner, { is_public: true });
    await stranger.post(at(id, '/rate?rating=1'));
    // In the body as well, and there is none in neither.
    await stranger.post(at(id, '/rate'), { rating: 4 });
    expect((await stranger.post(at(id, '/rate'))).body.errors).toMatchObject([{ loc: ['query', 'rating'] }]);
    const rated = await owner.post(at(id, '/rate?rating=5'));
    expect(rated.body).toEqual({ id, name: 'Double', category: null, rating_average: 4.5, rating_count: 2 });
    expect((await owner.post(at(id, '/rate?rating=6'))).status).toBe(422);
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    for (let n = 0; n < 2; n++) {
      const { body } = await stranger.post(at(id, '/download'), undefined, { headers });
      expect(body).toMatchObject({ node_id: id, node_name: 'Double', downloads_count: 1 });
    }
    expect((await stranger.post(at(id, '/download'))).body.downloads_count).toBe(2);
  });
});

describe('the list', () => {
  test('is of the workspace, or of all that is public, and can be searched', async () => {
    const [user, other] = await Promise.all([createUser(), createUser()]);
    const word = `w${crypto.randomUUID().replaceAll('-', '')}`;
    const hidden = await create(user, { name: `${word} hidden`, type: 'llm' });
    const shown = await create(user, { name: `${word} shown`, category: word, is_public: true });
    const list = async (who: User, query: string) => {
      const { body } = await who.get(`${NODES}?${query}`);
      return body.items.map(({ id }: any) => id);
    };
    expect(await list(user, '')).toEqual([shown.id, hidden.id]);
    expect(await list(user, 'type=llm')).toEqual([hidden.id]);
    expect(await list(user, `category=${word}`)).toEqual([shown.id]);
    expect(await list(user, `search=${word.slice(0, 12)}%20hid`)).toEqual([hidden.id]);
    expect(await list(other, '')).toEqual([]);
    expect(await list(other, `is_public=true&search=${word}`)).toEqual([shown.id]);
    const page = await user.get(`${NODES}?size=1&page=2`);
    expect(page.body).toMatchObject({ total: 2, page: 2, size: 1, pages: 2, next_cursor: null });
    expect((await api.get(`${NODES}/categories`)).body).toContain(word);
  });

  test('of kinds is as older clients know it', async () => {
    expect((await owner.get(`${NODES}/types`)).body).toEqual(
      expect.arrayContaining(['api', 'condition', 'file_processor', 'llm', 'trigger']),
    );
  });
});

describe('a node of a workflow that uses it', () => {
  const run = (user: User, config: object, input: unknown = {}) =>
    outputOf('node', config as Record<string, unknown>, input, {
      ctx: ctxOf(user, user.workspaceId),
      scope: { variables: { secret: 'of the workflow' }, item: 'of a loop', index: 3 },
    });

  test('does what the example says, and is counted', async () => {
    const { id } = await create(owner, { is_public: true });
    const { config, input, output } = findNodeType('node')!.example;
    expect(await run(owner, { ...config, node_id: id }, input)).toBe(output);
    expect(await run(stranger, { ...config, node_id: id.toUpperCase() }, input)).toBe(output);
    expect((await owner.get(at(id))).body.usage_count).toBe(2);
  });

  test('checks what comes in, its parameters, and what it makes', async () => {
    const { id } = await create(owner, {
      input_schema: { type: 'object', required: ['number'] },
      parameters_schema: { properties: { factor: { type: 'integer' } } },
      output_schema: { type: 'number', maximum: 10 },
    });
    const failing = (input: unknown, parameters: object) => run(owner, { node_id: id, parameters }, input);
    await expect(failing({}, { factor: 1 })).rejects.toMatchObject({ code: 'not_valid', details: { what: 'input' } });
    await expect(failing({ number: 1 }, { factor: 'x' })).rejects.toMatchObject({ details: { what: 'parameters' } });
    await expect(failing({ number: 9 }, { factor: 9 })).rejects.toMatchObject({ details: { what: 'output' } });
    expect(await failing({ number: 5 }, { factor: 2 })).toBe(10);
  });

  test('gets nothing else of the execution’s', async () => {
    const { id } = await create(owner, {
      is_public: true,
      code_template:
        '[variables.secret, $variables.secret, $nodes, $context, ${SHOP_TOKEN}, $item, $index, $user_id, "seen"]',
    });
    expect(await run(stranger, { node_id: id })).toEqual([{}, {}, 'seen']);
  });

  test('is found only by who may see it', async () => {
    const { id } = await create(owner);
    await expect(run(stranger, { node_id: id })).rejects.toMatchObject({ code: 'node_not_found' });
    expect((await owner.get(at(id))).body.usage_count).toBe(0);
  });
});

describe('what workflows are made of', () => {
  test('is described to anybody, with a schema and an example of each', async () => {
    const { body } = await api.get('/api/v1/node-types');
    const byType = Object.fromEntries(body.map((type: any) => [type.type, type]));
    expect(byType.condition).toMatchObject({ outputs: ['true', 'false', 'error'], inputs: ['input'], effect: 'pure' });
    expect(byType.trigger.inputs).toEqual([]);
    expect(byType.http.config_schema.properties).toHaveProperty('follow_redirects');
    expect(byType.http.config_schema.required).toEqual(['url']);
    const one = await api.get('/api/v1/node-types/if');
    expect(one.body).toEqual(byType.condition);
    expect((await api.get('/api/v1/node-types/nothing')).status).toBe(404);
  });
});
