/** What becomes of calls that come again, too late, too large, or for what does not run. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestCtx } from '../../helpers/context.ts';
import { purgeCalls } from '../../../src/features/triggers/index.ts';
import { addMember, createUser, createWorkspace, inWorkspace, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { auditOf } from '../../helpers/audit.ts';
import { sql } from '../../helpers/database.ts';
import { apiWith } from '../../helpers/environment.ts';
import { eventually } from '../../helpers/eventually.ts';
import { definition, recorded, transform, trigger } from '../../helpers/executions.ts';
import { callsOf, createHook, ruleOf, send, startedBy, webhookAt, type Hook } from '../../helpers/hooks.ts';

let user: User;
let colleague: User;
beforeAll(async () => {
  [user, colleague] = await Promise.all([createUser(), createUser()]);
});

describe('a message that comes again', () => {
  test.each(['standard', 'github', 'hmac', 'token', 'bearer', 'basic', 'none'])(
    'under its id, by %s, is answered with the same execution',
    async (scheme) => {
      const hook = await createHook(user, ruleOf(scheme));
      const id = crypto.randomUUID();
      const [first, second] = [await send(hook, { id }), await send(hook, { id, at: Date.now() + 2_000 })];
      expect(second).toMatchObject({
        status: 202,
        body: { execution_id: first.body.execution_id, repeated: true },
      });
      const other = await send(hook, { body: { n: 2 } });
      expect(other.body.execution_id).not.toBe(first.body.execution_id);
      expect(await startedBy(hook.id)).toBe(2);
    },
  );

  test.each([
    ['stripe', { id: 'evt_1', type: 'x' }, { id: 'evt_2' }],
    ['slack', { event_id: 'Ev1' }, { event_id: 'Ev2' }],
  ])('by the id that %s has in its body', async (scheme, body, next) => {
    const hook = await createHook(user, ruleOf(scheme));
    const answers = [await send(hook, { body }), await send(hook, { body, at: Date.now() + 5_000 })];
    expect(answers.map(({ body: { repeated } }) => repeated)).toEqual([false, true]);
    expect((await send(hook, { body: next })).body.repeated).toBe(false);
    expect(await startedBy(hook.id)).toBe(2);
  });

  test('by the place that its webhook names', async () => {
    const hook = await createHook(user, { signature: { scheme: 'none' }, delivery_id_from: { pointer: '/e~1v/0/id' } });
    const body = { 'e/v': [{ id: 77 }], n: 1 };
    await send(hook, { body });
    expect((await send(hook, { body: { ...body, n: 2 } })).body.repeated).toBe(true);
    expect((await eventually(async () => (await callsOf(user, hook))[1])).delivery_id).toBe('77');
  });

  test('without an id: what is signed the same is the same', async () => {
    const timed = await createHook(user, { signature: { scheme: 'slack' } });
    const at = Date.now();
    const answers = [await send(timed, { at }), await send(timed, { at }), await send(timed, { at: at + 1_000 })];
    expect(answers.map(({ body }) => body.repeated)).toEqual([false, true, false]);
    const untimed = await createHook(user, { signature: { scheme: 'github' } });
    const headers = { 'X-GitHub-Delivery': '' };
    const [first, second] = [await send(untimed, { headers }), await send(untimed, { headers })];
    expect([second.body.repeated, second.body.execution_id]).toEqual([true, first.body.execution_id]);
    expect((await send(untimed, { headers, body: { n: 2 } })).body.repeated).toBe(false);
    // Nothing tells two calls apart that nobody signs.
    const open = await createHook(user, { signature: { scheme: 'none' } });
    const none = { headers: { 'Idempotency-Key': '' } };
    expect([(await send(open, none)).body.repeated, (await send(open, none)).body.repeated]).toEqual([false, false]);
  });

  describe('by GitHub, which signs neither the time nor the id,', () => {
    test('under another id, is the same within the replay window', async () => {
      const hook = await createHook(user, ruleOf('github'));
      const [first, again] = [await send(hook), await send(hook)];
      expect(again).toMatchObject({ status: 202, body: { execution_id: first.body.execution_id, repeated: true } });
      const answers = await Promise.all(Array.from({ length: 6 }, () => send(hook, { body: { n: 2 } })));
      expect(new Set(answers.map(({ body }) => body.execution_id)).size).toBe(1);
      expect(await startedBy(hook.id)).toBe(2);
      // A window later it is another message.
      await sql`delete from idempotency_claims where resource_id = ${first.body.execution_id}`;
      expect((await send(hook)).body.repeated).toBe(false);
    });

    test('under its own id, is the same ever after, whatever has become of the execution', async () => {
      const hook = await createHook(user, ruleOf('github'));
      const id = crypto.randomUUID();
      const { body: first } = await send(hook, { id });
      await recorded(first.execution_id);
      await sql`delete from idempotency_claims where resource_id = ${first.execution_id}`;
      expect((await send(hook, { id })).body).toEqual({ execution_id: first.execution_id, repeated: true });
      await sql`delete from idempotency_claims where resource_id = ${first.execution_id}`;
      await sql`delete from workflow_executions where id = ${first.execution_id}`;
      expect((await send(hook, { id })).body).toEqual({ execution_id: first.execution_id, repeated: true });
      expect(await startedBy(hook.id)).toBe(0);
    });
  });

  test('under another id in a header is the same where the time is signed', async () => {
    const hook = await createHook(user, { signature: { scheme: 'slack' }, delivery_id_from: { header: 'X-Id' } });
    const at = Date.now();
    const sendAs = (id: string, more: object = {}) => send(hook, { at, headers: { 'X-Id': id }, ...more });
    const answers = [await sendAs('one'), await sendAs('two'), await sendAs('two', { at: at + 1_000 })];
    expect(answers.map(({ body }) => body.repeated)).toEqual([false, true, false]);
  });

  test('with an equal body is another where the rule names the header of its id, and no time is signed', async () => {
    const hook = await createHook(user, ruleOf('hmac'));
    const answers = [];
    for (const id of ['one', 'two', 'two']) answers.push(await send(hook, { id }));
    expect(answers.map(({ body }) => body.repeated)).toEqual([false, false, true]);
  });

  test('at once starts one', async () => {
    const hook = await createHook(user);
    const id = crypto.randomUUID();
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(hook, { id })));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.execution_id}`)).size).toBe(1);
    expect(answers.filter(({ body }) => !body.repeated)).toHaveLength(1);
    expect(await startedBy(hook.id)).toBe(1);
  });

  test('starts nothing although what it started was deleted, or what it claimed was forgotten', async () => {
    const hook = await createHook(user);
    const id = crypto.randomUUID();
    const { body: first } = await send(hook, { id });
    await recorded(first.execution_id);
    await sql`delete from idempotency_claims where resource_id = ${first.execution_id}`;
    expect((await send(hook, { id })).body).toEqual({ execution_id: first.execution_id, repeated: true });
    await sql`delete from workflow_executions where id = ${first.execution_id}`;
    expect((await send(hook, { id })).body).toEqual({ execution_id: first.execution_id, repeated: true });
    expect(await startedBy(hook.id)).toBe(0);
  });

  test('counts for each webhook by itself', async () => {
    const hooks = [await createHook(user, ruleOf('none')), await createHook(user, ruleOf('none'))];
    const answers = await Promise.all(hooks.map((hook) => send(hook, { id: 'same' })));
    expect(new Set(answers.map(({ body }) => body.execution_id)).size).toBe(2);
  });
});

describe('a call from another time', () => {
  test.each(['standard', 'stripe', 'slack'])('is refused by %s beyond the window, before and after', async (scheme) => {
    const hook = await createHook(user, { signature: { scheme }, replay_window_seconds: 60 });
    for (const off of [-70_000, 70_000]) {
      const { status, body } = await send(hook, { at: Date.now() + off });
      expect([status, body.code]).toEqual([401, 'webhook_stale']);
    }
    for (const off of [-50_000, 50_000]) expect((await send(hook, { at: Date.now() + off })).status).toBe(202);
    expect(await startedBy(hook.id)).toBe(2);
  });
});

describe('an answer with the result', () => {
  const result = (flow: object, more = {}) => createHook(user, { response: 'result', ...more }, flow);

  test('is what came of it, also of a repetition', async () => {
    const hook = await result(definition({ start: trigger, out: transform('{"sum": body.a + body.b}') }));
    const id = crypto.randomUUID();
    for (let n = 0; n < 2; n++) {
      const { status, body, headers } = await send(hook, { id, body: { a: 1, b: 2 } });
      expect([status, body]).toEqual([200, { sum: 3 }]);
      expect(headers.get('x-execution-id')).toMatch(/-/);
    }
    expect(await startedBy(hook.id)).toBe(1);
  });

  test('is 424 where it fails, which says nothing of why', async () => {
    const hook = await result(definition({ start: trigger, out: transform('$error("inner workings")') }));
    const { status, body } = await send(hook);
    expect([status, body.code]).toEqual([424, 'webhook_run_failed']);
    expect(JSON.stringify(body)).not.toContain('inner workings');
  });
});

describe('a call that is not taken', () => {
  test('is 404 where there is no such webhook, or it is switched off', async () => {
    const hook = await createHook(user, { is_active: false });
    for (const path of [hook.path, '/api/v1/hooks/nobody-knows-it']) {
      expect((await api.post(path, {})).body.code).toBe('not_found');
    }
    await user.patch(webhookAt(hook.id), { is_active: true });
    expect((await send(hook)).status).toBe(202);
  });

  test('is 405 by another method, 415 or 400 where its body says nothing, 413 where it is too long', async () => {
    const hook = await createHook(user, ruleOf('none'));
    const post = (body: BodyInit, type: string) => api.post(hook.path, body, { headers: { 'Content-Type': type } });
    const wrong = await api.put(hook.path, {});
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await post('{', 'application/json')).status).toBe(400);
    expect((await post(new Uint8Array([0xff, 0xfe]), 'text/plain')).status).toBe(400);
    expect((await post('GIF89a', 'image/gif')).status).toBe(415);
    expect((await post('{"a":"\\u0000"}', 'application/json')).status).toBe(422);
    expect((await post('x'.repeat(1024 * 1024 + 1), 'text/plain')).status).toBe(413);
    expect(await startedBy(hook.id)).toBe(0);
  });

  test('is 409 where the workflow is paused, or cannot run, of which nothing is shown', async () => {
    const hook = await createHook(user);
    await user.patch(`/api/v1/workflows/${hook.workflowId}`, { status: 'paused' });
    const id = crypto.randomUUID();
    expect((await send(hook, { id })).body.code).toBe('workflow_not_runnable');
    await user.patch(`/api/v1/workflows/${hook.workflowId}`, { status: 'active' });
    // Nothing came of it, and so it may come again.
    expect((await send(hook, { id })).body.repeated).toBe(false);
    const broken = await createHook(
      user,
      {},
      { nodes: [{ id: 'secret-node', type: 'no-such-type' }], connections: [] },
    );
    const { status, body } = await send(broken);
    expect([status, body.code]).toEqual([409, 'workflow_not_runnable']);
    expect(JSON.stringify(body)).not.toContain('secret-node');
  });

  test('is 429 where the webhook or the network is called too often, whoever it was', async () => {
    const hook = await createHook(user, ruleOf('none'));
    const counted: string[] = [];
    const limiterOf = (refused: RegExp) => ({
      async limit({ key }: { key: string }) {
        counted.push(key);
        return { success: !refused.test(key) };
      },
    });
    for (const refused of [/^hook:/, /^address:/]) {
      const limited = apiWith({ RATE_LIMITS: 'on', RATE_LIMIT_HOOKS: limiterOf(refused) });
      const { status, body, headers } = await limited.post(hook.path, {});
      expect([status, body.code, headers.get('retry-after')]).toEqual([429, 'rate_limited', '60']);
    }
    expect(counted).toContain(`hook:${hook.path.split('/').at(-1)}`);
    expect(await startedBy(hook.id)).toBe(0);
  });

  test('is 429 with the time to come back where too many executions are open', async () => {
    const workspaceId = await createWorkspace(user);
    const hook = await createHook(inWorkspace(user, workspaceId));
    await sql`insert into workflow_executions (workspace_id, workflow_id, created_by)
      select ${workspaceId}, ${hook.workflowId}, ${user.id} from generate_series(1, 1000)`;
    const id = crypto.randomUUID();
    const { status, body, headers } = await send(hook, { id });
    expect([status, body.code, headers.get('retry-after')]).toEqual([429, 'queue_full', '10']);
    await sql`delete from workflow_executions where workspace_id = ${workspaceId}`;
    expect((await send(hook, { id })).body.repeated).toBe(false);
  });
});

describe('a form, a text, and a query', () => {
  test('are given to the workflow as they say', async () => {
    const hook = await createHook(user, { ...ruleOf('none'), methods: ['GET', 'POST', 'PUT'] });
    const inputOf = async ({ body }: { body: { execution_id: string } }) =>
      (await recorded(body.execution_id)).input_data;
    const form = await api.post(
      hook.path,
      new URLSearchParams([
        ['a', '1'],
        ['b', '2'],
        ['b', '3'],
      ]),
    );
    expect((await inputOf(form)).body).toEqual({ a: '1', b: ['2', '3'] });
    const text = await api.put(hook.path, 'hello', { headers: { 'Content-Type': 'text/plain' } });
    expect(await inputOf(text)).toMatchObject({ method: 'PUT', body: 'hello' });
    const visit = await api.get(hook.path, { query: { q: 'x', many: ['1', '2'] } });
    expect(await inputOf(visit)).toMatchObject({ method: 'GET', body: null, query: { q: 'x', many: ['1', '2'] } });
  });

  test('are signed as the bytes that came', async () => {
    const hook = await createHook(user, ruleOf('github'));
    const answer = await send(hook, { body: '{ "a" :\t1.0 ,\r\n "a": 2 }' });
    expect(answer.status).toBe(202);
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect((await send(hook, { body: 'payload=%7B%7D', headers: form })).status).toBe(202);
  });

  test('the challenge of Slack is answered to who has signed it, and starts nothing', async () => {
    const hook = await createHook(user, ruleOf('slack'));
    const body = { type: 'url_verification', challenge: '3eZbrw1aB10FEMAGAZd4FyFQ' };
    expect(await send(hook, { body })).toMatchObject({ status: 200, body: { challenge: body.challenge } });
    expect((await send(hook, { body, secret: 'x'.repeat(32) })).status).toBe(401);
    expect(await startedBy(hook.id)).toBe(0);
  });
});

describe('what a webhook starts', () => {
  let workspaceId: string;
  let hook: Hook;
  beforeEach(async () => {
    workspaceId = await createWorkspace(user);
    await addMember(workspaceId, colleague, 'member');
    hook = await createHook(inWorkspace(colleague, workspaceId));
  });

  test('is its maker’s, who may lose the right to it: then it is switched off, and says why', async () => {
    const { body } = await send(hook);
    expect((await recorded(body.execution_id)).created_by).toBe(colleague.id);
    await addMember(workspaceId, colleague, 'viewer');
    expect((await send(hook)).body.code).toBe('not_found');
    const { body: shown } = await user.get(webhookAt(hook.id));
    expect(shown).toMatchObject({ is_active: false, inactive_reason: 'rights_lost', acts_for: colleague.id });
    expect((await auditOf(workspaceId)).at(-1)).toMatchObject({
      action: 'webhook.disabled',
      details: { reason: 'rights_lost' },
    });
    expect((await send(hook)).status).toBe(404);
    expect(await startedBy(hook.id)).toBe(1);
  });

  test('is whose who changes it, without what somebody else has granted', async () => {
    await colleague.patch(webhookAt(hook.id), { granted_variables: ['THEIRS'] });
    const { body } = await user.patch(webhookAt(hook.id), { name: 'Mine now' });
    expect(body).toMatchObject({ acts_for: user.id, created_by: colleague.id, granted_variables: [] });
    const { body: call } = await send(hook);
    expect((await recorded(call.execution_id)).created_by).toBe(user.id);
  });

  test('is of the version that it names, with its priority and its time', async () => {
    const flow = definition({ start: trigger, out: transform('"second"') });
    await user.patch(`/api/v1/workflows/${hook.workflowId}`, { definition: flow });
    expect((await recorded((await send(hook)).body.execution_id)).output_data).toBe('second');
    await user.patch(webhookAt(hook.id), { workflow_version: 1, priority: 9, timeout_seconds: 60 });
    const row = await recorded((await send(hook, { body: 7 })).body.execution_id);
    expect(row).toMatchObject({ workflow_version: 1, priority: 9, timeout_seconds: 60, output_data: { body: 7 } });
    await user.patch(webhookAt(hook.id), { workflow_version: 99 });
    expect((await send(hook)).body.code).toBe('workflow_not_runnable');
  });
});

describe('the list of calls', () => {
  test('says what came of each, without what is secret, and forgets it after a month', async () => {
    const hook = await createHook(user, ruleOf('token'));
    const headers = { Cookie: 'session=1', 'X-Api-Key': 'k-1', 'X-Kind': `order ${hook.secret}`, 'CF-Ray': 'x' };
    const { body: first } = await send(hook, { id: 'one', headers });
    await send(hook, { id: 'one' });
    await send(hook, { secret: 'y'.repeat(40) });
    const calls = await eventually(async () => {
      const all = await callsOf(user, hook);
      return all.length === 3 && all;
    });
    const { execution_id } = first;
    expect(calls).toMatchObject([
      { outcome: 'refused', reason: 'webhook_not_authentic', execution_id: null },
      { outcome: 'repeated', reason: null, execution_id, delivery_id: 'one' },
      { outcome: 'accepted', reason: null, execution_id, delivery_id: 'one', method: 'POST', size_bytes: 7 },
    ]);
    expect(calls[2].headers).toMatchObject({ 'x-kind': 'order ****' });
    for (const name of ['cookie', 'x-api-key', 'x-gitlab-token', 'cf-ray', 'cf-connecting-ip']) {
      expect(calls[2].headers).not.toHaveProperty(name);
    }
    const stored = await sql`select c::text as text from webhook_calls c where webhook_id = ${hook.id}
      union all select e::text from workflow_executions e where trigger_id = ${hook.id}`;
    expect(JSON.stringify(stored)).not.toContain(hook.secret);
    const refused = await user.get(webhookAt(hook.id, '/calls'), { query: { outcome: 'refused' } });
    expect(refused.body).toHaveLength(1);
    await sql`update webhook_calls set created_at = now() - interval '31 days' where id = ${calls[2].id}`;
    await purgeCalls(createTestCtx(), new Date());
    expect(await callsOf(user, hook)).toHaveLength(2);
  });
});
