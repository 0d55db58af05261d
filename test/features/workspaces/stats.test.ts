import { beforeAll, describe, expect, test } from 'vitest';
import { addMember, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { followedUp } from '../../helpers/activities.ts';
import { sql } from '../../helpers/database.ts';
import { chat, settledUsage } from '../../helpers/llm.ts';
import { nextOf, openSocket } from '../../helpers/streams.ts';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

describe('the statistics', () => {
  test('count members and calls as they happen', async () => {
    const [owner, member] = await Promise.all([createUser(), createUser()]);
    const path = `/api/v1/workspaces/${owner.workspaceId}/stats`;
    const before = await owner.get(path);
    expect(before.body).toMatchObject({ member_count: 1, usage_this_month: { calls: 0, cost_usd: 0 } });
    expect(before.body.storage_limit_mb).toBe(1024);

    await addMember(owner.workspaceId, member, 'member');
    const { body } = await owner.post('/api/v1/llm/chat', chat('Count me'));
    await settledUsage(body.metadata.call_id);
    const after = await member.get(path);
    expect(after.body).toMatchObject({
      member_count: 2,
      usage_this_month: { calls: 1, total_tokens: body.usage.total_tokens, failed_calls: 0 },
    });
  });

  test('cost two round trips: who asks, and everything that is counted', async () => {
    const { headers } = await user.get(`/api/v1/workspaces/${user.workspaceId}/stats`);
    expect(headers.get('server-timing')).toContain('desc="2"');
  });

  test('count projects, storage and executions of this month, by status', async () => {
    const owner = await createUser();
    const id = await createWorkspace(owner, 'Busy');
    await sql`
      with made as (
        insert into workflows (workspace_id, name, definition)
        select ${id}, 'Flow ' || n, jsonb_build_object('nodes', '[]'::jsonb, 'connections', '[]'::jsonb, 'pad', repeat('x', 400000))
        from generate_series(1, 3) n returning id, name
      )
      insert into workspace_projects (workspace_id, workflow_id, name, status, deleted_at)
      select ${id}, id, name, case name when 'Flow 1' then 'active' when 'Flow 2' then 'archived' else 'deleted' end,
        case name when 'Flow 3' then now() end from made`;
    await sql`insert into workflow_executions (workspace_id, status, created_at) values
      (${id}, 'completed', now()), (${id}, 'completed', now()), (${id}, 'failed', now()),
      (${id}, 'failed', date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' - interval '1 second')`;
    await sql`update workspaces set max_storage_mb = 100 where id = ${id}`;
    const { body } = await owner.get(`/api/v1/workspaces/${id}/stats`);
    expect(body).toMatchObject({
      project_count: 2,
      active_projects: 1,
      storage_limit_mb: 100,
      executions_this_month: { total: 3, by_status: { completed: 2, failed: 1 } },
    });
    const [{ bytes }] = (await sql`select storage_bytes::int as bytes from workspaces where id = ${id}`) as [
      { bytes: number },
    ];
    expect(bytes).toBeGreaterThan(1_200_000);
    expect(body.storage_used_mb).toBeCloseTo(bytes / 2 ** 20, 2);
    expect(body.storage_usage_percent).toBeCloseTo(bytes / 2 ** 20, 1);
  });
});

describe('whoever follows the workspace', () => {
  test('is sent the figures after something has happened', async () => {
    const owner = await createUser();
    const path = `/api/v1/workspaces/${owner.workspaceId}`;
    await followedUp(owner.workspaceId);
    const socket = await openSocket(`/api/v1/ws/workspace/${owner.workspaceId}?token=${owner.accessToken}`);
    await nextOf(socket, 'subscription_confirmed');
    await owner.patch(path, { name: 'Renamed' });
    const { data } = await nextOf(socket, 'workspace_stats');
    socket.close();
    const { recent_activities: recent, ...figures } = (await owner.get(`${path}/stats`)).body;
    expect(data).toEqual({ workspace_id: owner.workspaceId, ...figures });
    expect(data.activity_count).toBe(2);
    expect(recent.map(({ action }: { action: string }) => action)).toEqual(['workspace_updated', 'workspace_created']);
  });

  test('is the reason to count: with nobody there, nothing is announced', async () => {
    const owner = await createUser();
    await owner.patch(`/api/v1/workspaces/${owner.workspaceId}`, { name: 'Unwatched' });
    await followedUp(owner.workspaceId);
    await owner.post('/api/v1/llm/chat', chat('Something to end with'));
    const socket = await openSocket(`/api/v1/ws/workspace/${owner.workspaceId}?token=${owner.accessToken}&after=0`);
    const seen: unknown[] = [];
    for (let type; type !== 'llm_usage'; seen.push(type)) ({ type } = await socket.next());
    socket.close();
    expect(seen).not.toContain('workspace_stats');
  });
});
