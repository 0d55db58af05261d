import { beforeAll, describe, expect, test } from 'vitest';
import { addMember, createUser, createWorkspace, inWorkspace, type User } from '../../helpers/actors.ts';
import { auditOf } from '../../helpers/audit.ts';
import { sql } from '../../helpers/database.ts';
import { createWorkflow, recorded } from '../../helpers/executions.ts';
import { createHook, ECHO, ruleOf, send, SENDERS, startedBy, webhookAt } from '../../helpers/hooks.ts';

let user: User;
let colleague: User;
beforeAll(async () => {
  [user, colleague] = await Promise.all([createUser(), createUser()]);
});

describe('a webhook', () => {
  test('is made with a secret that is shown once, and kept sealed', async () => {
    const hook = await createHook(user);
    expect(hook).toMatchObject({
      signature: { scheme: 'standard' },
      methods: ['POST'],
      response: 'accepted',
      version: 1,
    });
    expect(hook.secret).toMatch(/^whsec_/);
    expect(hook.path).toMatch(/^\/api\/v1\/hooks\/[\w-]{43}$/);
    const shown = await user.get(webhookAt(hook.id));
    expect(JSON.stringify(shown.body)).not.toContain(hook.secret);
    const [row] = await sql`select t::text as text from webhook_triggers t where id = ${hook.id}`;
    expect(row!.text).not.toContain(hook.secret.slice(6));
    const listed = await user.get(`/api/v1/workflows/${hook.workflowId}/webhooks`);
    expect(listed.body).toEqual([shown.body]);
  });

  test('is made once for an Idempotency-Key, whose repetition does not show the secret', async () => {
    const workflowId = await createWorkflow(user, ECHO);
    const make = () =>
      user.post(
        `/api/v1/workflows/${workflowId}/webhooks`,
        { name: 'Once' },
        { headers: { 'Idempotency-Key': workflowId } },
      );
    const [first, second] = [await make(), await make()];
    expect(second.body).toEqual({ ...first.body, secret: null });
  });

  test('takes a secret that its sender has chosen, if it is one', async () => {
    const secret = "It's a Secret to Everybody";
    const hook = await createHook(user, { signature: { scheme: 'github' }, secret });
    expect((await send(hook, { secret })).status).toBe(202);
    const path = `/api/v1/workflows/${hook.workflowId}/webhooks`;
    for (const input of [{ secret: 'whsec_no' }, { secret: 'x'.repeat(20), signature: { scheme: 'none' } }]) {
      const { status, body } = await user.post(path, { name: 'Bad', ...input });
      expect([status, body.errors?.[0]?.pointer]).toEqual([422, '/secret']);
    }
  });

  test('does not show where it is called to who may not run workflows', async () => {
    const workspaceId = await createWorkspace(user);
    const here = inWorkspace(user, workspaceId);
    await addMember(workspaceId, colleague, 'viewer');
    const hook = await createHook(here);
    expect((await colleague.get(webhookAt(hook.id))).body.path).toBeNull();
    expect((await user.get(webhookAt(hook.id))).body.path).toBe(hook.path);
  });

  test('is nobody else’s, and of no workflow that is', async () => {
    const hook = await createHook(user);
    expect((await colleague.get(webhookAt(hook.id))).status).toBe(404);
    const isPublic = await createWorkflow(user, ECHO, { is_public: true });
    const made = await colleague.post(`/api/v1/workflows/${isPublic}/webhooks`, { name: 'Foreign' });
    expect(made.status).toBe(404);
  });

  test('changes by what is given, if it is still the version that is meant', async () => {
    const hook = await createHook(user);
    const { headers } = await user.get(webhookAt(hook.id));
    const change = (name: string) =>
      user.patch(webhookAt(hook.id), { name }, { headers: { 'If-Match': headers.get('etag')! } });
    expect(await change('Other')).toMatchObject({ status: 200, body: { name: 'Other', version: 2, secret: null } });
    expect((await change('Third')).status).toBe(412);
    expect((await send(hook)).status).toBe(202);
    const refused = await user.patch(webhookAt(hook.id), { secret: 'x'.repeat(30) });
    expect(refused.status).toBe(422);
  });

  test('has another secret with another scheme, and the former opens nothing', async () => {
    const hook = await createHook(user);
    const { body } = await user.patch(webhookAt(hook.id), { signature: { scheme: 'stripe' } });
    expect(body).toMatchObject({ signature: { scheme: 'stripe' }, secret: expect.any(String) });
    expect((await send({ ...hook, ...body }, { body: { id: 'evt_1' } })).status).toBe(202);
    expect((await send(hook)).status).toBe(401);
  });

  test('is gone with its workflow, and with its workspace', async () => {
    const hook = await createHook(user);
    await user.delete(`/api/v1/workflows/${hook.workflowId}`);
    expect((await user.get(webhookAt(hook.id))).status).toBe(404);
    expect((await send(hook)).status).toBe(404);
    const workspaceId = await createWorkspace(user);
    const other = await createHook(inWorkspace(user, workspaceId));
    await sql`update workspaces set status = 'deleted', deleted_at = now() where id = ${workspaceId}`;
    expect((await send(other)).status).toBe(404);
    await sql`delete from workspaces where id = ${workspaceId}`;
    expect(await sql`select from webhook_triggers where id = ${other.id}`).toEqual([]);
  });
});

describe('a secret that is replaced', () => {
  test('is good until its time is over, as those before it are', async () => {
    const hook = await createHook(user);
    const rotate = async (input: object) => (await user.post(webhookAt(hook.id, '/rotate-secret'), input)).body.secret;
    const second = await rotate({});
    const third = await rotate({ grace_seconds: 600 });
    for (const secret of [hook.secret, second, third]) expect((await send(hook, { secret })).status).toBe(202);
    const fourth = await rotate({ grace_seconds: 0 });
    expect((await send(hook, { secret: third })).status).toBe(401);
    for (const secret of [hook.secret, second, fourth]) expect((await send(hook, { secret })).status).toBe(202);
    expect(
      (await auditOf(user.workspaceId)).filter(({ action }: any) => action === 'webhook.secret_rotated'),
    ).not.toEqual([]);
  });

  test('may be one of the sender’s, and is none where nobody signs', async () => {
    const hook = await createHook(user, { signature: { scheme: 'slack' } });
    const secret = '8f742231b10e8888abcd99yyyzzz85a5';
    await user.post(webhookAt(hook.id, '/rotate-secret'), { secret });
    expect((await send(hook, { secret })).status).toBe(202);
    const open = await createHook(user, { signature: { scheme: 'none' } });
    expect(open.secret).toBeNull();
    expect((await user.post(webhookAt(open.id, '/rotate-secret'), {})).status).toBe(422);
  });
});

describe.each(Object.keys(SENDERS))('a call signed as %s', (scheme) => {
  test('starts the workflow with what it says', async () => {
    const hook = await createHook(user, ruleOf(scheme));
    const body = { id: crypto.randomUUID(), text: 'é — 42' };
    const { status, body: answer, headers } = await send(hook, { body, headers: { 'X-Kind': 'order' } });
    expect([status, answer.repeated]).toEqual([202, false]);
    expect(headers.get('x-execution-id')).toBe(answer.execution_id);
    const row = await recorded(answer.execution_id);
    expect(row).toMatchObject({
      status: 'completed',
      trigger_type: 'webhook',
      trigger_id: hook.id,
      created_by: user.id,
    });
    expect(row.output_data).toMatchObject({
      method: 'POST',
      headers: { 'x-kind': 'order', 'content-type': 'application/json' },
      query: {},
      body,
      webhook: { id: hook.id, name: 'Hook' },
    });
    if (hook.secret) expect(JSON.stringify(row)).not.toContain(hook.secret);
  });

  test.runIf(scheme !== 'none')('by another secret, of other bytes, or not at all, starts nothing', async () => {
    const hook = await createHook(user, ruleOf(scheme));
    const other = (await createHook(user, ruleOf(scheme))).secret;
    const answers = [await send(hook, { secret: other }), await send(hook, { headers: noProof(scheme) })];
    if (!['token', 'bearer', 'basic'].includes(scheme)) {
      const proof = SENDERS[scheme]!(hook.secret, '{"n":1}', { id: 'id', at: Date.now() });
      answers.push(await send(hook, { body: '{"n": 1}', headers: proof }));
    }
    for (const { status, body } of answers) {
      expect([status, body.code]).toEqual([401, 'webhook_not_authentic']);
      expect(JSON.stringify(body)).not.toContain(hook.workspace_id);
    }
    expect(await startedBy(hook.id)).toBe(0);
  });
});

/** Headers that make a proof none. */
const noProof = (scheme: string): Record<string, string> =>
  Object.fromEntries(
    Object.keys(SENDERS[scheme]!('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', '', { id: 'x', at: 0 })).map(
      (name) => [name, 'x'],
    ),
  );
