/** Executions that wait for calls from outside, and links that answer without signing in. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseEnv } from '../../../src/env.ts';
import { linkOf as linkOfWait } from '../../../src/features/executions/waits/link.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  createWorkflow,
  decided,
  definition,
  killRunner,
  openWait,
  parked,
  recorded,
  start,
  transform,
  trigger,
} from '../../helpers/executions.ts';
import { atAllowedHost, openRemote } from '../../helpers/remote.ts';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

describe('a callback', () => {
  const linkOf = async (remote: ReturnType<typeof openRemote>) => {
    const [received] = await eventually(async () => {
      const all = await remote.received();
      return all.length > 0 && all;
    });
    return new URL(JSON.parse(received!.body).callback_url).pathname;
  };

  const waiting = (remote: ReturnType<typeof openRemote>, config: object = {}) => ({
    type: 'wait_for_callback',
    config: { request: { url: atAllowedHost(remote.url('hook')) }, ...config },
  });

  test('is known before the request is sent, is taken once, and what it says goes on', async () => {
    const remote = openRemote();
    const flow = definition({ start: trigger, job: waiting(remote), end: transform('input.result * 2') });
    const id = await start(user, await createWorkflow(user, flow));
    const path = await linkOf(remote);
    expect((await api.get(path)).body).toMatchObject({ kind: 'callback', status: 'open' });
    const { status, body } = await api.post(path, { result: 21 });
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'answered' });
    expect((await api.post(path, { result: 22 })).status).toBe(409);
    expect(await recorded(id)).toMatchObject({ status: 'completed', output_data: 42 });
    // Nothing that is shown or kept has the address, which whoever knew it could have called.
    const token = path.split('/').at(-1)!;
    const kept = await sql`select e::text as row from execution_waits e where execution_id = ${id}
      union all select n::text from node_executions n where execution_id = ${id}
      union all select l::text from workflow_execution_logs l where execution_id = ${id}`;
    for (const { row } of kept) expect(row).not.toContain(token);
  });

  test('is refused where it does not conform, or nobody waits for it', async () => {
    const remote = openRemote();
    const schema = { type: 'object', required: ['ok'], properties: { ok: { type: 'boolean' } } };
    const id = await start(
      user,
      await createWorkflow(user, definition({ start: trigger, job: waiting(remote, { schema }) })),
    );
    const path = await linkOf(remote);
    expect((await api.post(path, { ok: 'yes' })).status).toBe(422);
    expect((await api.post(`${path.slice(0, -4)}AAAA`, { ok: true })).status).toBe(404);
    await user.post(`/api/v1/executions/${id}/control`, { action: 'cancel' });
    await recorded(id);
    expect((await api.post(path, { ok: true })).status).toBe(409);
  });

  test('is waited for after a kill, without sending the request again', async () => {
    const remote = openRemote();
    const id = await start(user, await createWorkflow(user, definition({ start: trigger, job: waiting(remote) })));
    const path = await linkOf(remote);
    await parked(user.workspaceId, id);
    await killRunner(user.workspaceId);
    expect((await api.post(path, { done: true })).status).toBe(200);
    expect(await recorded(id)).toMatchObject({ status: 'completed', output_data: { done: true } });
    expect(await remote.received()).toHaveLength(1);
  });

  test('that does not come ends by its own way', async () => {
    const remote = openRemote();
    const flow = definition(
      { start: trigger, job: waiting(remote, { timeout_seconds: 1 }), late: transform('input.decision') },
      ['start>job', 'job.timeout>late'],
    );
    expect(await recorded(await start(user, await createWorkflow(user, flow)))).toMatchObject({
      output_data: 'timeout',
    });
  });
});

describe('the page of a link', () => {
  const HTML = { Accept: 'text/html' };
  const FORM = { ...HTML, 'Content-Type': 'application/x-www-form-urlencoded' };

  test('asks for what the form has, takes it without script, and tells what became of it', async () => {
    const form = [
      { name: 'reason', label: 'Why <b>', type: 'textarea', required: true },
      { name: 'kind', type: 'select', options: ['a', 'b'] },
      { name: 'sure', type: 'boolean' },
      { name: 'amount', type: 'integer' },
    ];
    const flow = decided({ title: 'Pay <script>?', message: '"Quoted" & more', form, allow_link: true });
    const id = await start(user, await createWorkflow(user, flow));
    const path = new URL(linkOfWait(parseEnv(env), (await openWait(id)).id)).pathname;
    const { body: page, headers } = await api.get(path, { headers: HTML });
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*form-action 'self'/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(page).toContain('<h1>Pay &lt;script&gt;?</h1>');
    expect(page).toContain('&quot;Quoted&quot; &amp; more');
    expect(page).not.toContain('<script');
    expect(page).toContain(
      '<label>Why &lt;b&gt; (required)<textarea name="data.reason" rows="5" required></textarea></label>',
    );
    expect(page).toContain('<select name="data.kind">');
    const missing = await api.post(path, 'decision=approve&data.reason=', { headers: FORM });
    expect(missing.status).toBe(422);
    expect(missing.body).toContain('role="alert"');
    const given = 'decision=approve&comment=Fine&data.reason=It+was&data.kind=b&data.amount=7';
    const { status, body } = await api.post(path, given, { headers: FORM });
    expect(status).toBe(200);
    expect(body).toContain('This was approved.');
    expect(body).not.toContain('<form');
    const again = await api.post(path, given, { headers: FORM });
    expect(again.status).toBe(409);
    expect(await recorded(id)).toMatchObject({
      output_data: { data: { reason: 'It was', kind: 'b', sure: false, amount: 7 }, comment: 'Fine' },
    });
    const [wait] = await sql`select answered_by, answered_via from execution_waits where execution_id = ${id}`;
    expect(wait).toEqual({ answered_by: null, answered_via: 'link' });
  });

  test('is not there where the approval has no link', async () => {
    const id = await start(user, await createWorkflow(user, decided()));
    const path = new URL(linkOfWait(parseEnv(env), (await openWait(id)).id)).pathname;
    expect((await api.get(path)).status).toBe(404);
  });
});
