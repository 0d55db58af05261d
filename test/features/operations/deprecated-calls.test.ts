import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import worker from '../../../local/worker.ts';
import { DEPRECATIONS } from '../../../src/core/deprecations.ts';
import { DAY } from '../../../src/core/time.ts';
import { tellDeprecatedCallers } from '../../../src/features/operations/index.ts';
import { createSuperuser, createUser, type User } from '../../helpers/actors.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { inboxOf } from '../../helpers/mail.ts';

const PATH = '/api/v1/admin/deprecated-calls';
const [BUSY, QUIET] = ['listBillingEventsLegacy', 'createBillingEventLegacy'] as const;

/** Later than any call of another test. */
const SINCE = '2990-01-10';

let admin: User;
let callers: User[];
beforeAll(async () => {
  [admin, ...callers] = (await Promise.all([createSuperuser(), createUser(), createUser()])) as [User, User, User];
});

const addCalls = (user: User, day: string, calls: number) => sql`
  insert into deprecated_calls (operation_id, user_id, day, calls, last_called_at)
  values (${BUSY}, ${user.id}, ${day}, ${calls}, ${`${day}T08:00:00Z`})`;

describe('the report', () => {
  beforeAll(async () => {
    await addCalls(callers[0]!, '2990-01-09', 100);
    await addCalls(callers[0]!, '2990-01-10', 3);
    await addCalls(callers[0]!, '2990-01-11', 4);
    await addCalls(callers[1]!, '2990-01-10', 5);
  });

  test('adds calls up by operation, and shows those that nobody calls', async () => {
    const { body } = await admin.get(PATH, { query: { since: SINCE } });
    expect(body.map((row: { operation_id: string }) => row.operation_id)).toEqual(Object.keys(DEPRECATIONS));
    const { since, sunset } = DEPRECATIONS[BUSY];
    const dates = { deprecated_at: since.toISOString(), sunset_at: sunset.toISOString() };
    const called = { calls: 12, users: 2, last_called_at: '2990-01-11T08:00:00.000Z' };
    expect(body).toContainEqual({ operation_id: BUSY, ...called, ...dates });
    expect(body).toContainEqual({ operation_id: QUIET, calls: 0, users: 0, last_called_at: null, ...dates });
  });

  test('is of one operation where one is named', async () => {
    const query = { since: '2990-01-11', operation: BUSY };
    const { body } = await admin.get(PATH, { query });
    expect(body).toMatchObject([{ operation_id: BUSY, calls: 4, users: 1 }]);
    expect(await admin.get(PATH, { query: { operation: 'listWorkspaces' } })).toMatchObject({ status: 422 });
  });

  test('forgets who has deleted their account', async () => {
    const gone = await createUser();
    await addCalls(gone, '2995-01-01', 1);
    await sql`delete from deprecated_calls where user_id = ${callers[1]!.id}`;
    expect(await gone.delete('/api/v1/auth/account', { password: gone.password })).toMatchObject({ status: 200 });
    const { body } = await admin.get(PATH, { query: { since: SINCE, operation: BUSY } });
    expect(body).toMatchObject([{ calls: 7, users: 1, last_called_at: '2990-01-11T08:00:00.000Z' }]);
  });

  test('is for administrators of the platform alone', async () => {
    expect(await callers[0]!.get(PATH)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});

test('calls are kept for a year', async () => {
  const user = await createUser();
  const [tooOld, old, recent] = [366, 364, 1].map(daysAgo) as [string, string, string];
  for (const day of [tooOld, old, recent]) await addCalls(user, day, 1);
  const execution = createExecutionContext();
  const controller = createScheduledController({ cron: '7 * * * *', scheduledTime: new Date() });
  await worker.scheduled(controller, env, execution);
  await waitOnExecutionContext(execution);
  const left = await sql`select day::text from deprecated_calls where user_id = ${user.id} order by day`;
  expect(left.map(({ day }) => day)).toEqual([old, recent]);
});

describe('who calls what is deprecated', () => {
  const tell = (day: string, hour = '00') => tellDeprecatedCallers(createTestCtx(), new Date(`${day}T${hour}:07:00Z`));

  /** What they are told, by mail; the latest first. */
  const toldOf = async (user: User) =>
    (await inboxOf(user.email)).filter(({ subject }) => /API/.test(subject)).map(({ text }) => text);

  test('is told on the next day, with the last day of each, and again in another month', async () => {
    const user = await createUser();
    await addCalls(user, '2991-03-01', 2);
    await sql`insert into deprecated_calls values ('listCatalogLegacy', ${user.id}, '2991-03-01', 1, now())`;
    await Promise.all([tell('2991-03-02'), tell('2991-03-02', '01')].map((run) => run.catch(() => {})));
    await tell('2991-03-02', '02');
    const [text] = await eventually(async () => {
      const told = await toldOf(user);
      return told.length > 0 ? told : undefined;
    });
    expect(text).toContain('listBillingEventsLegacy: 2027-11-30');
    expect(text).toContain('listCatalogLegacy: 2027-05-31');
    expect(text).toContain(`Hello ${user.username},`);

    // In the same month only of what is new.
    await addCalls(user, '2991-03-09', 1);
    await tell('2991-03-10');
    await sql`insert into deprecated_calls values ('getModelLegacy', ${user.id}, '2991-03-09', 1, now())`;
    await tell('2991-03-10', '01');
    await addCalls(user, '2991-04-01', 1);
    await tell('2991-04-02');
    await eventually(async () => (await toldOf(user)).length >= 3);
    const items = (await toldOf(user)).map((told) => told.match(/\w+Legacy: \S+/g)!.toSorted());
    expect(items).toHaveLength(3);
    expect(items).toContainEqual(['getModelLegacy: 2027-05-31']);
    expect(items).toContainEqual(['listBillingEventsLegacy: 2027-11-30']);
  });

  test('is not written to at an address that nobody has proved', async () => {
    const user = await createUser({ verified: false });
    await addCalls(user, '2992-03-01', 1);
    await tell('2992-03-02');
    expect(await sql`select from mail_outbox where user_id = ${user.id} and template = 'deprecated_calls'`).toEqual([]);
  });
});

const daysAgo = (days: number) => new Date(Date.now() - days * DAY).toISOString().slice(0, 10);
