import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { auditOf } from '../../helpers/audit.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { createSchedule, minutesAgo, schedulePath } from '../../helpers/schedules.ts';
import { createWorkflow } from '../../helpers/workflows.ts';

const PREVIEW = '/api/v1/schedules/preview';

let user: User;
let flow: string;
beforeAll(async () => {
  user = await createUser();
  flow = (await createWorkflow(user)).id;
});

/** Far from now, so that no clock of another test starts it. */
const yearly = (more: object = {}) => createSchedule(user, flow, { cron: '0 0 1 1 *', ...more });

const schedulesOf = (id: string) => `/api/v1/workflows/${id}/schedules`;

describe('a schedule', () => {
  test('has sensible settings where none are given, and says when it is due', async () => {
    const schedule = await createSchedule(user, flow, { cron: '@yearly', time_zone: 'America/Sao_Paulo' });
    expect(schedule).toMatchObject({
      workflow_id: flow,
      created_by: user.id,
      acts_for: user.id,
      nonexistent_time: 'run_after',
      repeated_time: 'first',
      overlap: 'skip',
      catch_up: 'latest',
      version: null,
      is_active: true,
      last_due_at: null,
      last_outcome: null,
      revision: 1,
    });
    expect(schedule.next_due_at).toMatch(/^\d{4}-01-01T03:00:00\.000Z$/);
  });

  test('is made once for an Idempotency-Key', async () => {
    const request = { name: 'Once', cron: '0 0 1 1 *' };
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const [one, other] = await Promise.all([
      user.post(schedulesOf(flow), request, { headers }),
      user.post(schedulesOf(flow), request, { headers }),
    ]);
    const made = [one, other].filter(({ status }) => status === 201);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    const { body } = await user.get(schedulesOf(flow));
    expect(body.filter(({ name }: { name: string }) => name === 'Once')).toHaveLength(1);
  });

  test('is listed with its workflow and with its workspace', async () => {
    const other = (await createWorkflow(user)).id;
    const { id } = await createSchedule(user, other, { cron: '0 0 1 1 *' });
    const ids = async (path: string) => (await user.get(path)).body.map((one: { id: string }) => one.id);
    expect(await ids(schedulesOf(other))).toEqual([id]);
    expect(await ids(schedulesOf(flow))).not.toContain(id);
    expect(await ids('/api/v1/schedules')).toContain(id);
  });

  test('is changed where it still is what the client knows', async () => {
    const { id, next_due_at: before } = await yearly();
    const { headers } = await user.get(schedulePath(id));
    const changed = await user.patch(
      schedulePath(id),
      { name: 'Another', cron: '0 0 1 7 *' },
      { headers: { 'If-Match': headers.get('etag')! } },
    );
    expect(changed).toMatchObject({ status: 200, body: { name: 'Another', revision: 2 } });
    expect(changed.body.next_due_at).not.toBe(before);
    const stale = await user.patch(
      schedulePath(id),
      { name: 'Late' },
      { headers: { 'If-Match': headers.get('etag')! } },
    );
    expect(stale.status).toBe(412);
  });

  test('keeps the change of each of several that come at once', async () => {
    const { id } = await yearly();
    const answers = await Promise.all([
      user.patch(schedulePath(id), { time_zone: 'Asia/Tokyo' }),
      user.patch(schedulePath(id), { cron: '0 12 1 1 *' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const { body } = await user.get(schedulePath(id));
    expect(body).toMatchObject({ time_zone: 'Asia/Tokyo', cron: '0 12 1 1 *', revision: 3 });
    expect(body.next_due_at).toMatch(/-01-01T03:00:00\.000Z$/);
  });

  test('that the clock stops while it is changed stays stopped', async () => {
    const { id } = await yearly();
    const stopping = sql.transaction([
      sql`update schedules set is_active = false, inactive_reason = 'forbidden', next_due_at = null,
        revision = revision + 1 where id = ${id}`,
      sql.query(`select pg_sleep(0.5) /* ${id} */`),
    ]);
    await eventually(
      async () => (await sql`select pid from pg_stat_activity where query like ${`select pg_sleep%${id}%`}`)[0],
    );
    const { body } = await user.patch(schedulePath(id), { cron: '0 0 1 7 *' });
    await stopping;
    expect(body).toMatchObject({
      cron: '0 0 1 7 *',
      is_active: false,
      inactive_reason: 'forbidden',
      next_due_at: null,
    });
  });

  test('that was read by a client is another one once it was due', async () => {
    const { id } = await yearly();
    const { headers } = await user.get(schedulePath(id));
    const known = { headers: { 'If-None-Match': headers.get('etag')! } };
    expect((await user.get(schedulePath(id), known)).status).toBe(304);
    await sql`update schedules set last_due_at = ${minutesAgo(1).toISOString()}, last_outcome = 'started' where id = ${id}`;
    expect((await user.get(schedulePath(id), known)).status).toBe(200);
  });

  test('is paused, and resumed for whoever does so', async () => {
    const { id } = await yearly();
    expect((await user.post(schedulePath(id, '/pause'))).body).toMatchObject({ is_active: false, next_due_at: null });
    const resumed = (await user.post(schedulePath(id, '/resume'))).body;
    expect(resumed).toMatchObject({ is_active: true });
    expect(resumed.next_due_at).not.toBeNull();
    const actions = (await auditOf(user.workspaceId)).filter((one) => one.resource_id === id).map((one) => one.action);
    expect(actions).toEqual(['schedule.created', 'schedule.paused', 'schedule.resumed']);
  });

  test('is not due before it starts, nor after it ends', async () => {
    const later = await yearly({ starts_at: '2031-06-01T00:00:00Z' });
    expect(later.next_due_at).toBe('2032-01-01T00:00:00.000Z');
    const over = await yearly({ starts_at: '2031-06-01T00:00:00Z', ends_at: '2031-07-01T00:00:00Z' });
    expect(over.next_due_at).toBeNull();
    const { body, status } = await user.post(schedulesOf(flow), {
      name: 'No',
      cron: '@daily',
      starts_at: '2031-06-01T00:00:00Z',
      ends_at: '2031-05-01T00:00:00Z',
    });
    expect({ status, field: body.errors[0].field ?? body.errors[0].loc }).toMatchObject({ status: 422 });
  });

  test('is of a workflow of the same workspace', async () => {
    const stranger = await createUser();
    const foreign = (await createWorkflow(stranger, { is_public: true })).id;
    expect((await user.post(schedulesOf(foreign), { name: 'No', cron: '@daily' })).status).toBe(404);
    const { id } = await yearly();
    expect((await stranger.get(schedulePath(id))).status).toBe(404);
  });

  test('is deleted', async () => {
    const { id } = await yearly();
    expect((await user.delete(schedulePath(id))).status).toBe(200);
    expect((await user.get(schedulePath(id))).status).toBe(404);
  });

  test.each([
    ['cron', { cron: '*/5 * * * * *' }, /seconds/],
    ['cron', { cron: '0 0 31 2 *' }, /never comes/],
    ['cron', { cron: 'often' }, /5 fields/],
    ['time_zone', { time_zone: 'Europe/Atlantis' }, /time zone/],
    ['time_zone', { time_zone: '+02:00' }, /time zone/],
  ])('is refused for its %s %j', async (field, wrong, reason) => {
    for (const path of [schedulesOf(flow), PREVIEW]) {
      const { status, body } = await user.post(path, { name: 'No', cron: '@daily', ...wrong });
      expect(status).toBe(422);
      expect(JSON.stringify(body.errors)).toContain(field);
      expect(JSON.stringify(body.errors)).toMatch(reason);
    }
  });
});

describe('a preview', () => {
  const berlin = { cron: '30 2 * * *', time_zone: 'Europe/Berlin', ends_at: null };

  test('tells of a time that was moved, and of the one that was meant', async () => {
    const { body } = await user.post(PREVIEW, { ...berlin, starts_at: '2031-03-28T12:00:00Z' });
    expect(body.runs).toHaveLength(20);
    expect(body.goes_by_intervals).toBe(false);
    expect(body.runs.slice(0, 3)).toEqual([
      run('2031-03-29T01:30:00.000Z', '2031-03-29T02:30:00', '+01:00'),
      {
        ...run('2031-03-30T01:00:00.000Z', '2031-03-30T03:00:00', '+02:00', 'moved'),
        meant_local_time: '2031-03-30T02:30:00',
      },
      run('2031-03-31T00:30:00.000Z', '2031-03-31T02:30:00', '+02:00'),
    ]);
  });

  test('tells of a time that is skipped', async () => {
    const { body } = await user.post(PREVIEW, {
      ...berlin,
      starts_at: '2031-03-28T12:00:00Z',
      nonexistent_time: 'skip',
    });
    expect(body.left_out).toEqual([
      { local_time: '2031-03-30T02:30:00', clock_changes_at: '2031-03-30T01:00:00.000Z' },
    ]);
    expect(body.runs[1]).toEqual(run('2031-03-31T00:30:00.000Z', '2031-03-31T02:30:00', '+02:00'));
  });

  test.each([
    ['first', ['2031-10-26T00:30:00.000Z first_of_two']],
    ['second', ['2031-10-26T01:30:00.000Z second_of_two']],
    ['both', ['2031-10-26T00:30:00.000Z first_of_two', '2031-10-26T01:30:00.000Z second_of_two']],
  ])('tells which of two it is: %s', async (repeated, expected) => {
    const { body } = await user.post(PREVIEW, {
      ...berlin,
      starts_at: '2031-10-25T12:00:00Z',
      ends_at: '2031-10-26T12:00:00Z',
      repeated_time: repeated,
    });
    expect(body.runs.map((one: any) => `${one.due_at} ${one.clock_change}`)).toEqual(expected);
  });

  test('of a schedule is of its settings, also while it is paused', async () => {
    const { id } = await yearly({ cron: '0 */6 * * *', is_active: false, starts_at: '2031-01-01T00:00:00Z' });
    const { body } = await user.get(schedulePath(id, '/preview'));
    expect(body.goes_by_intervals).toBe(true);
    expect(body.runs.map((one: any) => one.local_time).slice(0, 2)).toEqual([
      '2031-01-01T00:00:00',
      '2031-01-01T06:00:00',
    ]);
  });

  const run = (due: string, local: string, offset: string, change: string | null = null) => ({
    due_at: due,
    local_time: local,
    utc_offset: offset,
    clock_change: change,
    meant_local_time: null,
  });
});
