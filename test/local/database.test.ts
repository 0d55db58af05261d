import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { migrate } from '../../drizzle/migrate.ts';
import { DEMO, LOCAL_EMBEDDING, LOCAL_MODEL, seedLocalData } from '../../local/demo.ts';
import { verifyPassword } from '../../src/core/password.ts';

const ROOT = join(import.meta.dirname, '../..');
const name = `test_${randomUUID().replaceAll('-', '')}`;
const url = new URL(inject('ownerDatabaseUrl'));
const maintenance = new pg.Client(url.href);
url.pathname = `/${name}`;
const client = new pg.Client(url.href);

const query = async (sql: string) => (await client.query(sql)).rows as Record<string, unknown>[];

beforeAll(async () => {
  await maintenance.connect();
  await maintenance.query(`create database ${name}`);
  // Two at once, as two deployments may.
  await Promise.all([migrate(url.href), migrate(url.href)]);
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await maintenance.query(`drop database ${name} with (force)`);
  await maintenance.end();
});

describe('migrating', () => {
  it('seeds the plans', async () => {
    const plans = await query('select slug, max_workspaces, max_executions_per_month as runs from plans order by slug');
    expect(plans).toEqual([
      { slug: 'enterprise', max_workspaces: null, runs: null },
      { slug: 'free', max_workspaces: 3, runs: 1_000 },
      { slug: 'pro', max_workspaces: 20, runs: 50_000 },
    ]);
  });

  it('again corrects the plans, and leaves an operator their models', async () => {
    const [model] = await query(`select name from llms where provider = 'openai' limit 1`);
    await query(`update llms set is_active = false, display_name = 'Mine' where name = '${String(model!.name)}'`);
    await query(`update plans set max_workspaces = 4 where slug = 'free'`);
    await migrate(url.href);
    expect(await query(`select is_active, display_name from llms where name = '${String(model!.name)}'`)).toEqual([
      { is_active: false, display_name: 'Mine' },
    ]);
    expect(await query(`select max_workspaces as n from plans where slug = 'free'`)).toEqual([{ n: 3 }]);
    expect(await query('select provider, name from llms group by 1, 2 having count(*) > 1')).toEqual([]);
  });
});

describe('the demo account', () => {
  const findAccount = async () =>
    (
      await query(`select u.id, u.password_hash as hash, u.is_superuser as admin, p.slug as plan, m.role
        from users u join user_subscriptions s on s.user_id = u.id and s.status = 'active' join plans p on p.id = s.plan_id
        join workspace_members m on m.user_id = u.id join workspaces w on w.id = m.workspace_id and w.owner_id = u.id
        where u.email = '${DEMO.email}' and u.is_verified`)
    )[0]!;

  it('is made once, with a workspace, the largest plan and the local models', async () => {
    await seedLocalData(url.href);
    const account = await findAccount();
    await seedLocalData(url.href);
    expect(await findAccount()).toEqual(account);
    expect(account).toMatchObject({ plan: 'enterprise', role: 'owner', admin: false });
    expect(await query(`select name from llms where provider = '${LOCAL_MODEL.provider}' order by name`)).toEqual([
      { name: LOCAL_EMBEDDING.name },
      { name: LOCAL_MODEL.name },
    ]);
  });

  it('gets its password back', async () => {
    await seedLocalData(url.href, { ...DEMO, password: 'Another#1' });
    expect(await verifyPassword('Another#1', String((await findAccount()).hash))).toBe(true);
    await seedLocalData(url.href);
    expect(await verifyPassword(DEMO.password, String((await findAccount()).hash))).toBe(true);
  });
});

describe('admin:grant', () => {
  /** Exit code and all that was printed. */
  const grant = (...args: string[]) =>
    new Promise<[number, string]>((resolve) => {
      const options = { cwd: ROOT, env: { ...process.env, DATABASE_URL: url.href } };
      execFile(process.execPath, ['drizzle/admin-grant.ts', ...args], options, (error, stdout, stderr) =>
        resolve([error ? Number(error.code) : 0, (stdout + stderr).trim()]),
      );
    });
  const isAdministrator = async () => (await query(`select is_superuser from users where email = '${DEMO.email}'`))[0];

  it('grants and revokes, whatever the case of the address', async () => {
    expect(await grant(DEMO.email.toUpperCase())).toEqual([0, expect.stringContaining('now an administrator')]);
    expect(await isAdministrator()).toEqual({ is_superuser: true });
    expect(await grant(DEMO.email)).toEqual([0, expect.stringContaining('already an administrator')]);
    expect(await grant(DEMO.email, '--revoke')).toEqual([0, expect.stringContaining('now no administrator')]);
    expect(await isAdministrator()).toEqual({ is_superuser: false });
  });

  it('refuses what it cannot do', async () => {
    expect(await grant('nobody@example.com')).toEqual([1, 'There is no account nobody@example.com']);
    expect(await grant()).toEqual([1, expect.stringMatching(/^Usage: /)]);
  });
});
