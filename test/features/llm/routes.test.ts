import { beforeAll, describe, expect, test } from 'vitest';
import { addMember, createSuperuser, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import type { Client } from '../../helpers/api.ts';
import { sql } from '../../helpers/database.ts';
import {
  createModel,
  createRoute as createRouteBy,
  newName,
  ROUTES,
  SMALL,
  targetOf,
} from '../../helpers/llm-routes.ts';
import { chat, readFrames, settledUsage } from '../../helpers/llm.ts';

const DRY_RUN = `${ROUTES}/dry-run`;
const CHAT = '/api/v1/llm/chat';

let owner: User;
let client: Client;
let workspaceId: string;
beforeAll(async () => {
  owner = await createUser();
  workspaceId = await createWorkspace(owner);
  client = owner.with({ 'X-Workspace-Id': workspaceId });
});

const createRoute = (fields: object = {}, by: Client = client) => createRouteBy(by, fields);

describe('a route', () => {
  test('is made, read, changed, listed and taken away', async () => {
    const place = owner.with({ 'X-Workspace-Id': await createWorkspace(owner) });
    const fields = {
      name: 'default',
      strategy: 'weighted',
      targets: [SMALL],
      deadlines: { first_token_ms: 3000 },
      cache_seconds: 60,
      shadow: { ...SMALL, percent: 12.5 },
    };
    const made = await createRoute(fields, place);
    expect(made).toMatchObject({ ...fields, targets: [{ ...SMALL, weight: 1 }], is_active: true, version: 1 });
    const read = await place.get(`${ROUTES}/${made.id}`);
    expect(read).toMatchObject({ status: 200, body: made });
    expect(read.headers.get('etag')).toContain('1');

    const changed = await place.patch(`${ROUTES}/${made.id}`, { strategy: 'cheapest', shadow: null });
    expect(changed.body).toMatchObject({
      ...made,
      strategy: 'cheapest',
      shadow: null,
      version: 2,
      updated_at: expect.any(String),
    });
    const second = await createRoute({ name: 'other' }, place);
    expect((await place.get(ROUTES)).body.map(({ id }: { id: string }) => id)).toEqual([second.id, made.id]);

    expect((await place.delete(`${ROUTES}/${made.id}`)).status).toBe(200);
    expect((await place.get(`${ROUTES}/${made.id}`)).status).toBe(404);
    expect((await place.delete(`${ROUTES}/${made.id}`)).status).toBe(404);
  });

  test('is changed only as it was read, where that is asked', async () => {
    const { id } = await createRoute();
    const { headers } = await client.get(`${ROUTES}/${id}`);
    const asRead = { headers: { 'If-Match': headers.get('etag')! } };
    const first = await client.patch(`${ROUTES}/${id}`, { cache_seconds: 5 }, asRead);
    expect(first).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await client.patch(`${ROUTES}/${id}`, { cache_seconds: 6 }, asRead)).toMatchObject({ status: 412 });
    const again = { headers: { 'If-Match': first.headers.get('etag')! } };
    expect((await client.patch(`${ROUTES}/${id}`, { cache_seconds: 6 }, again)).body.version).toBe(3);
  });

  test('of two changes of the same version at once, one counts', async () => {
    const { id } = await createRoute();
    const { headers } = await client.get(`${ROUTES}/${id}`);
    const asRead = { headers: { 'If-Match': headers.get('etag')! } };
    const answers = await Promise.all(
      [1, 2, 3, 4].map((cache_seconds) => client.patch(`${ROUTES}/${id}`, { cache_seconds }, asRead)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412, 412]);
  });

  test('has a name that no other has in its workspace', async () => {
    const { name, id } = await createRoute();
    const again = await client.post(ROUTES, { name, strategy: 'fallback', targets: [SMALL] });
    expect(again).toMatchObject({ status: 409, body: { code: 'already_exists' } });
    const other = await createRoute();
    expect((await client.patch(`${ROUTES}/${other.id}`, { name })).body.code).toBe('already_exists');
    await createRoute({ name }, owner);
    expect((await client.patch(`${ROUTES}/${id}`, { name })).status).toBe(200);
  });

  test('is made once under an Idempotency-Key', async () => {
    const retrying = client.with({ 'Idempotency-Key': crypto.randomUUID() });
    const fields = { name: newName(), strategy: 'fallback', targets: [SMALL] };
    const first = await retrying.post(ROUTES, fields);
    expect(await retrying.post(ROUTES, fields)).toMatchObject({ status: 201, body: first.body });
  });

  test.each<[string, object]>([
    ['a name in capitals', { name: 'Default' }],
    ['an empty name', { name: '' }],
    ['a name with a slash', { name: 'a/b' }],
    ['no target', { targets: [] }],
    ['nine targets', { targets: Array.from({ length: 9 }, (_, n) => ({ provider: 'local', model: `m${n}` })) }],
    ['a target twice', { targets: [SMALL, SMALL] }],
    ['a negative weight', { targets: [{ ...SMALL, weight: -1 }] }],
    ['another strategy', { strategy: 'best' }],
    ['a shadow of nothing', { shadow: { ...SMALL, percent: 0 } }],
    ['a shadow of more than all', { shadow: { ...SMALL, percent: 101 } }],
    ['a cache of more than a day', { cache_seconds: 86_401 }],
    ['an unknown deadline', { deadlines: { total_ms: 1000 } }],
  ])('is refused with %s', async (_, fields) => {
    const answer = await client.post(ROUTES, { name: newName(), strategy: 'fallback', targets: [SMALL], ...fields });
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
  });

  test('is one of a hundred at the most', async () => {
    const id = await createWorkspace(owner);
    await sql`insert into llm_routes (workspace_id, name, strategy, targets)
      select ${id}, 'r' || n, 'fallback', ${JSON.stringify([SMALL])}::jsonb from generate_series(1, 99) n`;
    const place = owner.with({ 'X-Workspace-Id': id });
    const make = () => place.post(ROUTES, { name: newName(), strategy: 'fallback', targets: [SMALL] });
    const answers = await Promise.all([make(), make(), make()]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe('limit_reached');
  });

  test('is its workspace’s: strangers find none, viewers read, members call, admins change', async () => {
    const { id, name } = await createRoute();
    const stranger = await createUser();
    for (const request of [
      stranger.get(`${ROUTES}/${id}`),
      stranger.patch(`${ROUTES}/${id}`, { cache_seconds: 1 }),
      stranger.delete(`${ROUTES}/${id}`),
      stranger.get(`${ROUTES}/${id}/comparison`),
      stranger.post(CHAT, chat('Hello', { route: name })),
      stranger.post(DRY_RUN, { route: name, request: chat('Hello') }),
    ]) {
      expect((await request).status).toBe(404);
    }
    const [viewer, member] = await Promise.all([createUser(), createUser()]);
    await addMember(workspaceId, viewer, 'viewer');
    await addMember(workspaceId, member, 'member');
    for (const [person, mayCall] of [
      [viewer, 403],
      [member, 200],
    ] as const) {
      const here = person.with({ 'X-Workspace-Id': workspaceId });
      expect((await here.get(`${ROUTES}/${id}`)).status).toBe(200);
      expect((await here.post(ROUTES, { name: newName(), strategy: 'fallback', targets: [SMALL] })).status).toBe(403);
      expect((await here.patch(`${ROUTES}/${id}`, { cache_seconds: 1 })).status).toBe(403);
      expect((await here.delete(`${ROUTES}/${id}`)).status).toBe(403);
      expect((await here.post(CHAT, chat('Hello', { route: name }))).status).toBe(mayCall);
      expect((await here.post(DRY_RUN, { route: name, request: chat('Hello') })).status).toBe(mayCall);
    }
  });
});

describe('a call', () => {
  test('goes where its route says, and says so', async () => {
    const { id, name } = await createRoute({ strategy: 'cheapest' });
    const { status, body } = await client.post(CHAT, chat('Where to?', { route: name }));
    expect(status).toBe(200);
    const { route, call_id } = body.metadata;
    expect(route).toMatchObject({ name, strategy: 'cheapest', attempts: [{ call_id, status: 'success' }], passed: [] });
    const { body: decision } = await client.get(`${ROUTES}/decisions/${route.decision_id}`);
    expect(decision).toMatchObject({ route_id: id, call_id, strategy: 'cheapest', order: [SMALL], excluded: [] });
    await settledUsage(call_id);
    expect(await sql`select route_id from llm_calls where id = ${call_id}`).toEqual([{ route_id: id }]);
  });

  test('says so in a stream too', async () => {
    const { name } = await createRoute();
    const { response, headers } = await client.post(CHAT, chat('Where to?', { route: name, stream: true }));
    const done = (await readFrames(response)).at(-1) as unknown as { route: { name: string; decision_id: string } };
    expect(done.route.name).toBe(name);
    const { body } = await client.get(`${ROUTES}/decisions/${done.route.decision_id}`);
    expect(body.call_id).toBe(headers.get('x-llm-call-id'));
  });

  test('of a text, too', async () => {
    const { name } = await createRoute();
    const { body } = await client.post('/api/v1/llm/generate', { prompt: 'Where to?', route: name });
    expect(body.metadata.route).toMatchObject({ name, strategy: 'fallback' });
  });

  test.each([
    ['provider', { provider: 'local' }],
    ['model', { model: 'local-small' }],
    ['fallbacks', { fallbacks: [{ model: 'local-small' }] }],
  ])('names a route or a model, not both: %s', async (_, more) => {
    const { name } = await createRoute();
    const refused = await client.post(CHAT, chat('Hello', { route: name, ...more }));
    expect(refused).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    expect(refused.body.errors[0].loc).toEqual(['body', 'route']);
  });

  test('finds no route that is inactive or was never there', async () => {
    const { name } = await createRoute({ is_active: false });
    for (const route of [name, 'nowhere']) {
      expect(await client.post(CHAT, chat('Hello', { route }))).toMatchObject({
        status: 404,
        body: { code: 'not_found' },
      });
      expect((await client.post(DRY_RUN, { route, request: chat('Hello') })).status).toBe(404);
    }
  });

  test('that nobody can take is told why of each', async () => {
    const deaf = await createModel(await createSuperuser(), { supports_function_calling: false });
    const { name } = await createRoute({
      targets: [
        { provider: 'anthropic', model: 'claude-sonnet-4-5' },
        { provider: 'local', model: 'nothing' },
        targetOf(deaf),
      ],
    });
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }];
    const { body, status } = await client.post(CHAT, chat('Hello', { route: name, tools }));
    expect({ status, body }).toMatchObject({ body: { code: 'no_route' } });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(body.errors.map(({ type }: { type: string }) => type)).toEqual([
      'provider_not_configured',
      'not_in_catalogue',
      'unsupported_parameter',
    ]);
    expect(body.errors[2].msg).toContain(deaf.model);
  });
});
