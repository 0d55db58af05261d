import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, test } from 'vitest';
import { purgeWorkspaces } from '../../../src/features/workspaces/index.ts';
import { addMember, createUser, createWorkspace, givePlan, type User } from '../../helpers/actors.ts';
import { runAlarm } from '../../helpers/channels.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { openSocket } from '../../helpers/streams.ts';
import { createToken } from '../../helpers/tokens.ts';

const DELETED = '/api/v1/workspaces/deleted';
const restorePath = (id: string) => `${DELETED}/${id}/restore`;

let owner: User;
let member: User;
let id: string;
let path: string;
beforeEach(async () => {
  [owner, member] = await Promise.all([createUser(), createUser()]);
  id = await createWorkspace(owner, 'Doomed');
  path = `/api/v1/workspaces/${id}`;
  await addMember(id, member, 'admin');
});

const listed = async (user: User) => (await user.get(DELETED)).body.map((row: { id: string }) => row.id);

describe('deleting a workspace', () => {
  test('is for its owners, ends all access at once and closes what is open', async () => {
    expect(await member.delete(path)).toMatchObject({ status: 403 });
    const token = await createToken(member, ['workspace:read'], { workspaceId: id });
    const socket = await openSocket(`/api/v1/ws/workspace/${id}?token=${member.accessToken}`);
    await socket.next();
    expect(await owner.delete(path)).toMatchObject({ status: 200, body: { message: 'Workspace deleted.' } });
    for (const client of [owner, member]) expect(await client.get(path)).toMatchObject({ status: 404 });
    expect(await token.get('/api/v1/workspaces')).toMatchObject({ status: 404 });
    expect(await owner.delete(path)).toMatchObject({ status: 404 });
    await runAlarm(`workspace:${id}`);
    expect(await socket.closed).toMatchObject({ code: 4003 });
    const [entry] = await sql`select action from audit_entries where workspace_id = ${id} order by seq desc limit 1`;
    expect(entry).toEqual({ action: 'workspace.deleted' });
  });

  test('of one’s individual one leaves requests without a workspace until there is another', async () => {
    await member.delete(`/api/v1/workspaces/${member.workspaceId}`);
    expect(await member.get('/api/v1/user-variables')).toMatchObject({ status: 404 });
    expect((await member.get('/api/v1/workspaces')).body.map((row: { id: string }) => row.id)).toEqual([id]);
    expect((await member.post('/api/v1/workspaces', { name: 'Anew' })).body.type).toBe('INDIVIDUAL');
    expect(await member.get('/api/v1/user-variables')).toMatchObject({ status: 200 });
    expect(await member.post(restorePath(member.workspaceId))).toMatchObject({
      status: 409,
      body: { code: 'limit_reached' },
    });
  });

  test('asked for several times at once is done once', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => owner.delete(path)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await sql`select id from audit_entries where workspace_id = ${id}`).toHaveLength(1);
  });
});

describe('restoring', () => {
  test('gives everything back to everybody, and is for owners', async () => {
    const before = (await member.get(path)).body;
    await owner.delete(path);
    const [shown] = (await owner.get(DELETED)).body;
    expect(shown).toMatchObject({ id, status: 'deleted', name: 'Doomed' });
    expect(Date.parse(shown.purge_at) - Date.parse(shown.deleted_at)).toBe(30 * 24 * 60 * 60 * 1000);
    expect(await listed(member)).toEqual([]);
    expect(await member.post(restorePath(id))).toMatchObject({ status: 404 });

    const { status, body } = await owner.post(restorePath(id));
    expect(status).toBe(200);
    expect(body).toMatchObject({ message: 'Workspace restored.', workspace: { id, status: 'active', role: 'owner' } });
    expect((await member.get(path)).body).toMatchObject({
      ...before,
      version: 3,
      // Jobs count the activity sooner or later.
      activity_count: expect.any(Number),
      updated_at: expect.any(String),
      last_activity_at: expect.any(String),
    });
    expect(await listed(owner)).toEqual([]);
    expect(await owner.post(restorePath(id))).toMatchObject({ status: 404 });
  });

  test('counts against the plan again', async () => {
    await owner.delete(path);
    await createWorkspace(owner, 'Second');
    await createWorkspace(owner, 'Third');
    await givePlan(owner, 'free');
    expect(await owner.post(restorePath(id))).toMatchObject({ status: 409, body: { code: 'limit_reached' } });
    expect(await listed(owner)).toEqual([id]);
    await givePlan(owner, 'pro');
    const answers = await Promise.all([1, 2, 3].map(() => owner.post(restorePath(id))));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 404, 404]);
  });

  test('ends after thirty days, when the workspace is erased with all that is in it, and others stay', async () => {
    const kept = await createWorkspace(owner, 'Kept');
    await sql`
      with flow as (
        insert into workflows (workspace_id, name, definition) values (${id}, 'Flow', '{"nodes":[],"connections":[]}') returning id
      ), project as (
        insert into workspace_projects (workspace_id, workflow_id, name) select ${id}, id, 'Project' from flow returning id
      )
      insert into workspace_activities (workspace_id, action, resource_type) values (${id}, 'project_created', 'project')`;
    await sql`insert into project_versions (project_id, workspace_id, version_number, workflow_data, checksum)
      select id, workspace_id, 1, '{"nodes":[],"connections":[]}', 'x' from workspace_projects where workspace_id = ${id}`;
    await sql`insert into workflow_executions (workspace_id) select ${id} from generate_series(1, 3)`;
    const objects = [id, kept].map((one) => `executions/${one}/run/1.json`);
    for (const key of objects) await env.STORAGE.put(key, '{}');
    await owner.delete(path);
    await owner.delete(`/api/v1/workspaces/${kept}`);
    await sql`update workspaces set deleted_at = now() - interval '30 days' where id = ${id}`;
    await sql`update workspaces set deleted_at = now() - interval '29 days' where id = ${kept}`;
    expect(await listed(owner)).toEqual([kept]);
    expect(await owner.post(restorePath(id))).toMatchObject({ status: 404 });
    // A clock that is ahead erases nothing before its time.
    const ahead = new Date(Date.now() + 7 * 24 * 60 * 60 * 1000);
    await purgeWorkspaces(createTestCtx(), ahead);
    expect(await sql`select id from workspaces where id in (${id}, ${kept})`).toEqual([{ id: kept }]);
    expect(await Promise.all(objects.map(async (key) => (await env.STORAGE.head(key)) !== null))).toEqual([
      false,
      true,
    ]);
    for (const table of [
      'workspace_projects',
      'workflows',
      'project_versions',
      'workspace_activities',
      'audit_entries',
    ]) {
      expect(await sql.query(`select from ${table} where workspace_id = $1`, [id])).toEqual([]);
    }
  });
});
