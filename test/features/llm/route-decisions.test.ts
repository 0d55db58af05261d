import { beforeAll, describe, expect, test } from 'vitest';
import { purgeDecisions, refreshHealth } from '../../../src/features/llm/index.ts';
import { addMember, createSuperuser, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import type { Client } from '../../helpers/api.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import {
  createModel as createModelBy,
  createRoute as createRouteBy,
  dryRun as dryRunBy,
  modelsOf,
  ROUTES,
  SMALL,
  targetOf,
} from '../../helpers/llm-routes.ts';
import { chat, settledUsage, stubAtAllowedHost, stubCalls } from '../../helpers/llm.ts';

const DRY_RUN = `${ROUTES}/dry-run`;
const CHAT = '/api/v1/llm/chat';

let owner: User;
let admin: User;
let client: Client;
let workspaceId: string;
beforeAll(async () => {
  [owner, admin] = await Promise.all([createUser(), createSuperuser()]);
  workspaceId = await createWorkspace(owner);
  client = owner.with({ 'X-Workspace-Id': workspaceId });
});

const createRoute = (fields: object = {}, by: Client = client) => createRouteBy(by, fields);
const createModel = (fields: object = {}) => createModelBy(admin, fields);
const dryRun = (rules: object, request: object = chat('Hello'), by: Client = client) => dryRunBy(by, rules, request);

describe('whom a route leaves out, and why', () => {
  const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }];
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
  const seeing = { messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, image] }] };

  test.each<[string, string, object, object]>([
    [
      'tools that it does not use',
      'unsupported_parameter',
      { supports_function_calling: false },
      chat('Hello', { tools }),
    ],
    ['an image that it does not see', 'unsupported_parameter', { supports_vision: false }, seeing],
    [
      'more than it can take',
      'context_too_small',
      { context_window: 100 },
      chat('word '.repeat(200), { max_tokens: 50 }),
    ],
    [
      'a longer answer than it gives',
      'unsupported_parameter',
      { max_tokens_supported: 100 },
      chat('Hello', { max_tokens: 200 }),
    ],
    ['its retirement', 'not_in_catalogue', { is_active: false }, chat('Hello')],
  ])('%s: %s', async (_, reason, fields, request) => {
    const [without, fit] = await Promise.all([
      createModel(fields),
      createModel({ supports_function_calling: true, supports_vision: true, context_window: 100_000 }),
    ]);
    const decision = await dryRun({ strategy: 'fallback', targets: [targetOf(without), targetOf(fit)] }, request);
    expect(modelsOf(decision.order)).toEqual([fit.model]);
    expect(decision.excluded).toEqual([
      { provider: 'local', model: without.model, reason, detail: expect.any(String) },
    ]);
  });

  test('a model that nobody has, and one that there is no key for', async () => {
    const unheard = { provider: 'nobody', model: 'nothing' };
    const keyless = { provider: 'claude', model: 'claude-sonnet-4-5' };
    const decision = await dryRun({ strategy: 'fallback', targets: [unheard, keyless, SMALL] });
    expect(decision.order).toMatchObject([SMALL]);
    expect(decision.excluded).toMatchObject([
      { ...unheard, reason: 'not_in_catalogue' },
      { ...keyless, reason: 'provider_not_configured' },
    ]);
  });

  test('not where the caller has a key', async () => {
    const target = { provider: 'anthropic', model: 'claude-sonnet-4-5' };
    const rules = { strategy: 'fallback', targets: [target] };
    const person = await createUser();
    expect((await dryRun(rules, chat('Hello'), person)).order).toEqual([]);
    await person.post('/api/v1/user-variables', {
      key: 'ANTHROPIC_API_KEY',
      value: 'sk-ant-invented-0123456789',
      is_secret: true,
    });
    expect((await dryRun(rules, chat('Hello'), person)).order).toMatchObject([target]);
  });

  test('one whose circuit is open, until then', async () => {
    const { id: _, ...broken } = await createModel();
    const row = [`local/${broken.model}`, 'local', broken.model] as const;
    await sql`insert into llm_circuits (name, provider, model, state, calls, failed_calls, retry_at, changed_at)
      values (${row[0]}, ${row[1]}, ${row[2]}, 'open', 10, 9, now() + interval '1 minute', now())`;
    const rules = { strategy: 'fallback', targets: [broken, SMALL] };
    const decision = await dryRun(rules);
    expect(modelsOf(decision.order)).toEqual([SMALL.model]);
    expect(decision.excluded).toMatchObject([{ ...broken, reason: 'circuit_open' }]);
    const { name } = await createRoute(rules);
    const { body } = await client.post(CHAT, chat('Hello', { route: name }));
    expect(body).toMatchObject({ model: SMALL.model, metadata: { route: { passed: [{ reason: 'circuit_open' }] } } });
    const { name: alone } = await createRoute({ targets: [broken] });
    expect(await client.post(CHAT, chat('Hello', { route: alone }))).toMatchObject({ body: { code: 'circuit_open' } });

    await sql`update llm_circuits set retry_at = now() - interval '1 second' where name = ${row[0]}`;
    expect(modelsOf((await dryRun(rules)).order)).toEqual([broken.model, SMALL.model]);
  });

  test('one without a price, where a budget counts it', async () => {
    const { model } = await createModel({ cost_per_token_input: null, cost_per_token_output: null });
    const unpriced = { provider: 'local', model };
    const place = owner.with({ 'X-Workspace-Id': await createWorkspace(owner) });
    const rules = { strategy: 'fallback', targets: [unpriced, SMALL] };
    expect(modelsOf((await dryRun(rules, chat('Hello'), place)).order)).toEqual([model, SMALL.model]);
    expect((await place.post('/api/v1/llm/budgets', { amount_usd: '1', period: 'day' })).status).toBe(201);
    const decision = await dryRun(rules, chat('Hello'), place);
    expect(decision).toMatchObject({ order: [SMALL], excluded: [{ ...unpriced, reason: 'model_unpriced' }] });
    const { name } = await createRoute(rules, place);
    expect((await place.post(CHAT, chat('Hello', { route: name }))).body.model).toBe(SMALL.model);
  });

  test('a circuit of another workspace’s endpoint of the same name says nothing', async () => {
    const name = `e${crypto.randomUUID().slice(0, 8)}`;
    const make = (by: Client) =>
      by.post('/api/v1/llm/endpoints', { name, base_url: stubAtAllowedHost(), models: [{ name: 'm' }] });
    const stranger = await createUser();
    const [{ body: mine }, { body: theirs }] = await Promise.all([make(client), make(stranger)]);
    const open = (id: string, workspace: string) => sql`
      insert into llm_circuits (name, workspace_id, provider, model, state, calls, failed_calls, retry_at, changed_at)
      values (${`endpoint/${id}/m`}, ${workspace}, ${name}, 'm', 'open', 1, 1, now() + interval '1 minute', now())`;
    const rules = { strategy: 'fallback', targets: [{ provider: name, model: 'm' }] };
    await open(theirs.id, stranger.workspaceId);
    expect((await dryRun(rules)).order).toMatchObject(rules.targets);
    await open(mine.id, workspaceId);
    expect((await dryRun(rules)).excluded).toMatchObject([{ reason: 'circuit_open' }]);
  });
});

describe('weighted', () => {
  test('draws by the weights, keeps the draw, and decides the same again', async () => {
    const [canary, fallback] = await Promise.all([createModel(), createModel()]);
    const targets = [
      { ...targetOf(canary), weight: 1 },
      { ...SMALL, weight: 3 },
      { ...targetOf(fallback), weight: 0 },
    ];
    const { name } = await createRoute({ strategy: 'weighted', targets });
    const decisions = [];
    for (let n = 0; n < 10; n++) {
      decisions.push(...(await Promise.all(Array.from({ length: 12 }, () => dryRun({ route: name })))));
    }
    for (const { draw, order } of decisions) {
      expect(order[0].model).toBe(draw < 0.25 ? canary.model : SMALL.model);
      expect(modelsOf(order).toSorted()).toEqual(modelsOf(targets).toSorted());
    }
    const drawn = decisions.filter(({ order }) => order[0].model === canary.model).length;
    // Of 120, 30 are expected; less than 8 or more than 60 come once in some ten million runs.
    expect(drawn).toBeGreaterThanOrEqual(8);
    expect(drawn).toBeLessThanOrEqual(60);
    const replays = await Promise.all(
      decisions.slice(0, 12).map(({ id }) => client.post(`${ROUTES}/decisions/${id}/replay`)),
    );
    expect(replays.map(({ body }) => body)).toEqual(
      decisions.slice(0, 12).map((decision) => ({ identical: true, decision })),
    );
  });
});

describe('cheapest', () => {
  test('goes by what this request may cost, in and out', async () => {
    const [talker, reader] = await Promise.all([
      createModel({ cost_per_token_input: '0.00001', cost_per_token_output: '0.000001' }),
      createModel({ cost_per_token_input: '0.000001', cost_per_token_output: '0.00001' }),
    ]);
    const { name } = await createRoute({ strategy: 'cheapest', targets: [targetOf(talker), targetOf(reader)] });
    const long = chat('Read this: '.repeat(200), { max_tokens: 10 });
    const short = chat('Write', { max_tokens: 4000 });
    const [reading, writing] = [await dryRun({ route: name }, long), await dryRun({ route: name }, short)];
    expect(modelsOf(reading.order)).toEqual([reader.model, talker.model]);
    expect(modelsOf(writing.order)).toEqual([talker.model, reader.model]);
    for (const { order } of [reading, writing]) {
      expect(Number(order[0].may_cost_usd)).toBeLessThan(Number(order[1].may_cost_usd));
    }
    const { body } = await client.post(CHAT, { ...long, route: name });
    expect(body.model).toBe(reader.model);
    expect(Number(body.metadata.route.attempts[0].cost_usd)).toBeLessThanOrEqual(Number(reading.order[0].may_cost_usd));
  });

  test('takes one without a price last', async () => {
    const endpoint = `e${crypto.randomUUID().slice(0, 8)}`;
    await client.post('/api/v1/llm/endpoints', {
      name: endpoint,
      base_url: stubAtAllowedHost(),
      models: [{ name: 'm' }],
    });
    const priced = await createModel();
    const own = { provider: endpoint, model: 'm' };
    const { order } = await dryRun({ strategy: 'cheapest', targets: [own, targetOf(priced)] });
    expect(modelsOf(order)).toEqual([priced.model, 'm']);
    expect(order[1].may_cost_usd).toBeNull();
  });
});

describe('fastest', () => {
  /** Calls of a model, with the milliseconds to their first token; null for one that failed. */
  const addCalls = (model: { id: string; model: string }, times: (number | null)[]) =>
    Promise.all(
      times.map(
        (time) => sql`
          with call as (
            insert into llm_calls (id, workspace_id, created_by, llm_id, provider, model, operation, streamed, request_id, price_input, price_output, status)
            values (gen_random_uuid(), ${workspaceId}, ${owner.id}, ${model.id}, 'local', ${model.model}, 'chat', false, 'test', 0, 0, 'settled') returning id
          )
          insert into llms_usage_logs (call_id, workspace_id, user_id, llm_id, provider, model, input_tokens, output_tokens, token_source, price_input, price_output, cost_usd, latency_ms, first_token_ms, api_status_code, user_api_key_used, status)
          select id, ${workspaceId}, ${owner.id}, ${model.id}, 'local', ${model.model}, 1, 1, 'counted', 0, 0, 0, 900, ${time}::int, ${time === null ? 503 : 200}, false, ${time === null ? 'error' : 'success'} from call`,
      ),
    );

  test('goes by the time to the first token and by failures, as the catalogue shows them', async () => {
    const [slow, quick, shaky, unknown] = await Promise.all([
      createModel(),
      createModel(),
      createModel(),
      createModel(),
    ]);
    await addCalls(slow, [400, 500, 600]);
    await addCalls(quick, [100, 200]);
    await addCalls(shaky, [90, null, null, null]);
    await refreshHealth(createTestCtx(), new Date());
    await admin.post('/api/v1/llm/catalog/refresh');

    const shown = async ({ id }: { id: string }) => (await client.get(`/api/v1/llm/catalog/${id}`)).body;
    expect(await shown(slow)).toMatchObject({ first_token_avg_ms: 500, error_rate: 0, response_time_avg_ms: 900 });
    expect(await shown(quick)).toMatchObject({ first_token_avg_ms: 150, error_rate: 0 });
    expect(await shown(shaky)).toMatchObject({ first_token_avg_ms: 90, error_rate: 0.75 });
    expect(await shown(unknown)).toMatchObject({
      first_token_avg_ms: null,
      error_rate: null,
      health_status: 'unknown',
    });

    const targets = [unknown, slow, shaky, quick].map(targetOf);
    const { order } = await dryRun({ strategy: 'fastest', targets });
    expect(modelsOf(order)).toEqual([quick, shaky, slow, unknown].map(({ model }) => model));
    expect(order[1]).toMatchObject({ first_token_ms: 90, error_rate: 0.75 });
    const { name } = await createRoute({ strategy: 'fastest', targets });
    expect((await client.post(CHAT, chat('Quick', { route: name }))).body.model).toBe(quick.model);
  });

  test('is measured by real calls', async () => {
    const model = await createModel();
    const { body } = await client.post(CHAT, chat('[[stub wait=120]] Hello', targetOf(model)));
    await settledUsage(body.metadata.call_id);
    await refreshHealth(createTestCtx(), new Date());
    const [row] = await sql`select average_first_token_ms from llm_health where llm_id = ${model.id}`;
    expect(row!.average_first_token_ms).toBeGreaterThanOrEqual(120);
  });
});

describe('a dry run', () => {
  test('asks nobody and spends nothing, but can be read again', async () => {
    const id = crypto.randomUUID();
    const decision = await dryRun({ strategy: 'fallback', targets: [SMALL] }, chat(`[[stub id=${id}]] Hello`));
    expect(decision).toMatchObject({ route_id: null, call_id: null, order: [{ ...SMALL, weight: 1 }] });
    expect(await stubCalls(id)).toMatchObject({ calls: 0 });
    expect((await client.get(`${ROUTES}/decisions/${decision.id}`)).body).toEqual(decision);
  });

  test.each<[string, object]>([
    ['nothing to decide by', {}],
    ['a route and rules', { route: 'default', strategy: 'fallback', targets: [SMALL] }],
    ['half of the rules', { strategy: 'fallback' }],
    [
      'a request that names a model',
      { strategy: 'fallback', targets: [SMALL], request: chat('Hello', { model: 'gpt-4o' }) },
    ],
    [
      'a request that names a route',
      { strategy: 'fallback', targets: [SMALL], request: chat('Hello', { route: 'default' }) },
    ],
  ])('is refused with %s', async (_, fields) => {
    const answer = await client.post(DRY_RUN, { request: chat('Hello'), ...fields });
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
  });
});

describe('decisions', () => {
  test('are seen by who made them, and by admins; others find none', async () => {
    const [member, other, boss] = await Promise.all([createUser(), createUser(), createUser()]);
    await addMember(workspaceId, member, 'member');
    await addMember(workspaceId, other, 'member');
    await addMember(workspaceId, boss, 'admin');
    const here = { 'X-Workspace-Id': workspaceId };
    const { id } = await dryRun({ strategy: 'fallback', targets: [SMALL] }, chat('Hello'), member.with(here));
    const seenBy = async (person: User, headers = here) => {
      const read = await person.with(headers).get(`${ROUTES}/decisions/${id}`);
      const replayed = await person.with(headers).post(`${ROUTES}/decisions/${id}/replay`);
      expect(replayed.status).toBe(read.status);
      return read.status;
    };
    expect(await seenBy(member)).toBe(200);
    expect(await seenBy(boss)).toBe(200);
    expect(await seenBy(owner)).toBe(200);
    expect(await seenBy(other)).toBe(404);
    // Not even by the same person from another workspace.
    expect(await seenBy(member, { 'X-Workspace-Id': member.workspaceId })).toBe(404);
  });

  test('decide the same again, whatever has changed since; one that was tampered with shows', async () => {
    const model = await createModel();
    const route = await createRoute({ strategy: 'cheapest', targets: [targetOf(model), SMALL] });
    const { body } = await client.post(CHAT, chat('Hello', { route: route.name }));
    const id = body.metadata.route.decision_id;
    const { body: before } = await client.get(`${ROUTES}/decisions/${id}`);
    await admin.delete(`/api/v1/llm/catalog/${model.id}`);
    await client.delete(`${ROUTES}/${route.id}`);
    const replay = await client.post(`${ROUTES}/decisions/${id}/replay`);
    expect(replay.body).toEqual({ identical: true, decision: before });

    await sql`update llm_route_decisions set decision = jsonb_set(decision, '{order}', '[0, 1]') where id = ${id}`;
    const tampered = await client.post(`${ROUTES}/decisions/${id}/replay`);
    expect(tampered.body).toEqual({ identical: false, decision: before });
  });

  test('are deleted after thirty days', async () => {
    const [old, young] = [
      await dryRun({ strategy: 'fallback', targets: [SMALL] }),
      await dryRun({ strategy: 'fallback', targets: [SMALL] }),
    ];
    await sql`update llm_route_decisions set created_at = now() - interval '31 days' where id = ${old.id}`;
    await purgeDecisions(createTestCtx(), new Date());
    expect((await client.get(`${ROUTES}/decisions/${old.id}`)).status).toBe(404);
    expect((await client.get(`${ROUTES}/decisions/${young.id}`)).status).toBe(200);
  });
});
