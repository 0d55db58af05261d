/** What passes from one to another where workflows wait, are tried, are called and set going: no secrets, and no rights. */
import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { addMember, createUser, createWorkspace, inWorkspace, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { sql } from '../../helpers/database.ts';
import {
  createWorkflow,
  decided,
  definition,
  openWait,
  recorded,
  run,
  start,
  transform,
  trigger,
} from '../../helpers/executions.ts';
import { createHook, send, startedBy, webhookAt } from '../../helpers/hooks.ts';
import { createSchedule, schedulePath } from '../../helpers/schedules.ts';

const SECRET = 'open-sesame-4711';

let user: User;
let colleague: User;
let workspaceId: string;
beforeAll(async () => {
  [user, colleague] = await Promise.all([createUser(), createUser()]);
  workspaceId = await createWorkspace(user);
  await addMember(workspaceId, colleague, 'admin');
  for (const one of [user, colleague]) {
    const headers = { 'X-Workspace-Id': workspaceId };
    await one.post('/api/v1/user-variables', { key: 'TRUSTED', value: `${SECRET}-${one.id}` }, { headers });
  }
});

/** Somebody in the workspace that both share. */
const here = (one: User) => inWorkspace(one, workspaceId);

describe('what somebody has granted', () => {
  test('is no grant of whoever changes or resumes a schedule after them', async () => {
    const flow = await createWorkflow(here(user), definition({ start: trigger }));
    const made = { cron: '0 0 1 1 *', grant_variables: ['TRUSTED'] };
    const [one, other] = [await createSchedule(here(user), flow, made), await createSchedule(here(user), flow, made)];
    const renamed = await here(user).patch(schedulePath(one.id), { name: 'Still mine' });
    expect(renamed.body).toMatchObject({ acts_for: user.id, grant_variables: ['TRUSTED'] });
    const taken = await here(colleague).patch(schedulePath(one.id), { name: 'Mine now' });
    expect(taken.body).toMatchObject({ acts_for: colleague.id, grant_variables: [] });
    const resumed = await here(colleague).post(schedulePath(other.id, '/resume'));
    expect(resumed.body).toMatchObject({ acts_for: colleague.id, grant_variables: [] });
  });

  test('is no grant of whoever tries a webhook out', async () => {
    const reading = definition({ start: trigger, end: { type: 'set', config: { variables: { word: '${TRUSTED}' } } } });
    const hook = await createHook(here(user), { granted_variables: ['TRUSTED'] }, reading);
    const { body } = await here(colleague).post(webhookAt(hook.id, '/test'), { run: true });
    const [row] = await sql`select granted_variables from workflow_executions where id = ${body.execution_id}`;
    expect(row!.granted_variables).toEqual([]);
  });
});

describe('a secret', () => {
  test('is not shown in what an execution asks', async () => {
    const asking = decided({ title: 'Use ${TRUSTED}?', message: 'It is ${TRUSTED}.' });
    const id = await start(here(user), await createWorkflow(here(user), asking));
    const { title, message } = await openWait(id);
    expect([title, message].map((text) => text.includes(SECRET))).toEqual([false, false]);
    expect(message).toMatch(/^It is .+\.$/);
  });

  test('is not shown in the form that is to be filled in, nor in the letter and the activity that tell of it', async () => {
    const form = [
      { name: 'why', label: 'Why ${TRUSTED}?', type: 'text', required: true },
      { name: 'which', label: 'Which', type: 'select', options: ['none', 'as ${TRUSTED}'] },
    ];
    const asking = decided({ title: 'For ${TRUSTED}', message: 'See ${TRUSTED}', form });
    const id = await start(here(user), await createWorkflow(here(user), asking));
    const wait = await openWait(id);
    expect(wait.form.properties.why.title).toMatch(/^Why .+\?$/);
    const shown = await here(user).get(`/api/v1/waits/${wait.id}`);
    const told = await sql`select metadata from workspace_activities where resource_id = ${wait.id}`;
    const letters = await sql`select parameters from mail_outbox where created_at >= ${wait.created_at}
      and user_id = any(${[user.id, colleague.id]})`;
    expect(told).toHaveLength(1);
    expect(letters.length).toBeGreaterThan(0);
    for (const text of [wait, shown.body, told, letters].map((one) => JSON.stringify(one))) {
      expect(text).not.toContain(SECRET);
    }
  });
});

describe('a call', () => {
  test('that was signed with its time does not count again under another id', async () => {
    const signature = { scheme: 'hmac', header: 'X-Signature', timestamp_header: 'X-Time' };
    const hook = await createHook(user, { signature });
    const [text, at] = ['{"n":1}', String(Math.floor(Date.now() / 1000))];
    const signed = createHmac('sha256', hook.secret).update(`${at}.${text}`).digest('hex');
    const call = (id: string) =>
      api.post(hook.path, text, {
        headers: {
          'Content-Type': 'application/json',
          'X-Signature': signed,
          'X-Time': at,
          'Idempotency-Key': id,
        },
      });
    const [first, again] = [await call('one'), await call('another')];
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.body.execution_id).toBe(first.body.execution_id);
    expect(await startedBy(hook.id)).toBe(1);
  });

  test('may have an id that is cut in the middle of a character', async () => {
    const hook = await createHook(user, { signature: { scheme: 'none' }, delivery_id_from: { pointer: '/id' } });
    expect((await send(hook, { body: { id: `${'a'.repeat(254)}😀` } })).status).toBe(202);
  });
});

test('a sub-workflow that is not there is told as such', async () => {
  const sub = { type: 'workflow', config: { workflow_id: crypto.randomUUID() } };
  expect(await run(user, definition({ start: trigger, sub }))).toMatchObject({
    status: 'failed',
    error_details: { code: 'workflow_not_found', node_id: 'sub' },
  });
});

test('configurations are edited for a fork only by who may write workflows', async () => {
  const source = await run(user, definition({ start: trigger, end: transform('1') }));
  await recorded(source!.id);
  const { body: made } = await user.post('/api/v1/auth/tokens', { name: 'Runs', scopes: ['workflows:execute'] });
  const runs = user.with({ Authorization: `Bearer ${made.token}` });
  const fork = (more: object) => runs.post(`/api/v1/executions/${source!.id}/fork`, { from: 'end', ...more });
  const refused = await fork({ configs: { end: { expression: '2' } } });
  expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
  expect((await fork({})).status).toBe(200);
});
