import { randomBytes } from 'node:crypto';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { loadVariables, resealVariables } from '../../../src/features/user-variables/index.ts';
import { userVariables } from '../../../src/db/schema/index.ts';
import { sealedTable } from '../../../src/db/sealed-table.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import { createTestSystemCtx } from '../../helpers/context.ts';
import { sql, tablesWith } from '../../helpers/database.ts';
import { apiWith } from '../../helpers/environment.ts';

const PATH = '/api/v1/user-variables';

const ctxWith = (ENCRYPTION_KEYS: string) => createTestSystemCtx({ ENCRYPTION_KEYS });
const ctx = () => ctxWith(env.ENCRYPTION_KEYS);
const ownerOf = ({ id, workspaceId }: User) => ({ userId: id, workspaceId });
const generateKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;

let user: User;
beforeAll(async () => {
  user = await createUser();
});

describe('a value', () => {
  test('stands nowhere in the database, in no spelling', async () => {
    const value = `plain-${crypto.randomUUID()}`;
    // So long that nothing random looks like it.
    const key = `SCAN_${crypto.randomUUID().replaceAll('-', '_').toUpperCase()}`;
    const { body } = await user.post(PATH, { key, value }, { headers: { 'Idempotency-Key': crypto.randomUUID() } });
    await user.patch(`${PATH}/${body.id}`, { value: `${value}-changed` });
    await user.post(`${PATH}/api-keys/openai`, { value });
    expect(await tablesWith(key)).toEqual(['public.user_variables']);
    const bytes = Buffer.from(value);
    for (const spelling of [value, bytes.toString('base64').slice(0, 40), bytes.toString('hex'), value.slice(-12)]) {
      expect(await tablesWith(spelling)).toEqual([]);
    }
  });

  test('does not show in the log, when it is stored, read or refused', async () => {
    const value = `logged-${crypto.randomUUID()}`;
    const lines: string[] = [];
    for (const level of ['info', 'warn', 'error', 'log'] as const) {
      vi.spyOn(console, level).mockImplementation((...words) => void lines.push(words.join(' ')));
    }
    try {
      const { body } = await user.post(PATH, { key: 'LOGGED', value });
      await user.post(PATH, { key: 'LOGGED', value });
      await user.get(`${PATH}/${body.id}`);
      await user.get(PATH, { query: { search: value } });
      await user.post(PATH, { key: 'bad key', value });
    } finally {
      vi.restoreAllMocks();
    }
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.join('\n')).not.toContain(value);
  });

  test('that was copied to another row, workspace or owner does not open there', async () => {
    const other = await createUser();
    const { body: mine } = await user.post(PATH, { key: 'COPIED', value: 'mine-alone-12345678' });
    const { body: theirs } = await other.post(PATH, { key: 'COPIED', value: 'theirs-00000000' });
    await sql`update user_variables set sealed_value = (select sealed_value from user_variables where id = ${mine.id})
      where id = ${theirs.id}`;
    expect((await other.get(`${PATH}/${theirs.id}`)).body.value).toBe('****');
    expect((await other.get(PATH)).body.variables[0].value).toBe('****');
    await expect(loadVariables(ctx(), ['COPIED'], ownerOf(other))).rejects.toMatchObject({ code: 'secret_unreadable' });
    // Its owner can still set it right.
    await other.patch(`${PATH}/${theirs.id}`, { value: 'set-again-00000000' });
    expect(await loadVariables(ctx(), ['COPIED'], ownerOf(other))).toEqual(new Map([['COPIED', 'set-again-00000000']]));
  });
});

describe('loading', () => {
  test('gives active variables by name, in one round trip, and no others', async () => {
    const owner = await createUser();
    const value = 'two\nlines ${NESTED} 🔑';
    await owner.post(PATH, { key: 'ONE', value });
    await owner.post(PATH, { key: 'TWO', value: '2' });
    await owner.post(PATH, { key: 'OFF', value: '3', is_active: false });
    await owner.post(PATH, { key: 'NOT_ASKED', value: '4' });
    const loading = ctx();
    const found = await loadVariables(loading, ['ONE', 'TWO', 'OFF', 'GONE', 'ONE'], ownerOf(owner));
    expect(Object.fromEntries(found)).toEqual({ ONE: value, TWO: '2' });
    expect(loading.meter.roundTrips).toBe(1);
    expect((await loadVariables(loading, [], ownerOf(owner))).size).toBe(0);
    expect(loading.meter.roundTrips).toBe(1);
    const elsewhere = { ...ownerOf(owner), workspaceId: user.workspaceId };
    expect((await loadVariables(ctx(), ['ONE'], elsewhere)).size).toBe(0);
    await expect(loadVariables(ctx(), ['ONE'])).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('rotation', () => {
  const sealedBy = async (owner: User) =>
    (
      await sql`select split_part(sealed_value, '.', 1) as k, count(*)::int as n from user_variables
      where created_by = ${owner.id} group by 1 order by 1`
    ).map(({ k, n }) => [k, n]);

  test('re-seals what former keys have sealed, and changes nothing else', async () => {
    // A key of this test alone, so that no other test's values are touched.
    const old = generateKey(`old-${crypto.randomUUID().slice(0, 8)}`);
    const oldId = old.split(':')[0]!;
    const owner = await createUser();
    const before = apiWith({ ENCRYPTION_KEYS: old }).as(owner);
    for (let n = 0; n < 3; n++) await before.post(PATH, { key: `KEY_${n}`, value: `value-number-${n}` });
    const { body: listed } = await before.get(PATH);
    expect(await sealedBy(owner)).toEqual([[oldId, 3]]);
    expect((await owner.get(PATH)).body.variables[0].value).toBe('****');

    const rotated = `${env.ENCRYPTION_KEYS},${old}`;
    const during = apiWith({ ENCRYPTION_KEYS: rotated }).as(owner);
    expect((await during.get(PATH)).body).toEqual(listed);
    // One row that nobody can open keeps no other one.
    await sql`update user_variables set sealed_value = ${`${oldId}.AAAA`} where id = ${listed.variables[1].id}`;
    await resealVariables(ctxWith(rotated));
    await Promise.all([resealVariables(ctxWith(rotated)), resealVariables(ctxWith(rotated))]);
    expect(await sealedBy(owner)).toEqual([
      [oldId, 1],
      [env.ENCRYPTION_KEYS.split(':')[0], 2],
    ]);

    const { body: after } = await owner.get(PATH);
    for (const n of [0, 2]) expect(after.variables[n]).toEqual(listed.variables[n]);
    const values = await loadVariables(ctx(), ['KEY_0', 'KEY_2'], ownerOf(owner));
    expect(Object.fromEntries(values)).toEqual({ KEY_0: 'value-number-0', KEY_2: 'value-number-2' });
  });

  test('does not undo what somebody sets meanwhile', async () => {
    const owner = await createUser();
    const { body } = await owner.post(PATH, { key: 'CHANGING', value: 'before' });
    const [row] = await sql`select sealed_value from user_variables where id = ${body.id}`;
    await owner.patch(`${PATH}/${body.id}`, { value: 'after' });
    const stale = { id: body.id, former: row!.sealed_value, fresh: 'test.stale' };
    const { id, workspaceId, sealedValue: sealed } = userVariables;
    expect(await sealedTable(ctx().db, { id, workspaceId, sealed }).replace([stale])).toBe(0);
    expect(Object.fromEntries(await loadVariables(ctx(), ['CHANGING'], ownerOf(owner)))).toEqual({ CHANGING: 'after' });
  });

  test('goes on over more values than one batch', async () => {
    const old = generateKey(`old-${crypto.randomUUID().slice(0, 8)}`);
    const owner = await createUser();
    const { keyring } = ctxWith(old);
    const rows = await Promise.all(
      Array.from({ length: 230 }, async (_, n) => {
        const id = crypto.randomUUID();
        const place = { table: 'user_variables', row: id, workspace: owner.workspaceId };
        return { id, key: `K_${n}`, sealed_value: await keyring.seal(`value ${n}`, place) };
      }),
    );
    await sql`insert into user_variables (id, workspace_id, created_by, key, sealed_value)
      select id, ${owner.workspaceId}, ${owner.id}, key, sealed_value
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (id uuid, key text, sealed_value text)`;
    await resealVariables(ctxWith(`${env.ENCRYPTION_KEYS},${old}`));
    expect(await sealedBy(owner)).toEqual([[env.ENCRYPTION_KEYS.split(':')[0], 230]]);
    const values = await loadVariables(ctx(), ['K_0', 'K_229'], ownerOf(owner));
    expect(Object.fromEntries(values)).toEqual({ K_0: 'value 0', K_229: 'value 229' });
  });

  test('costs nothing while there is only one key', async () => {
    const idle = ctx();
    await resealVariables(idle);
    expect(idle.meter.roundTrips).toBe(0);
  });
});
