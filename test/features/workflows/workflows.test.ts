import { beforeAll, describe, expect, test } from 'vitest';
import { addMember, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { auditOf } from '../../helpers/audit.ts';
import { sql } from '../../helpers/database.ts';
import { chain, createProject, projectPath } from '../../helpers/projects.ts';
import { createToken } from '../../helpers/tokens.ts';
import { createWorkflow, steps, workflowPath, WORKFLOWS } from '../../helpers/workflows.ts';

let owner: User;
let stranger: User;
beforeAll(async () => {
  [owner, stranger] = await Promise.all([createUser(), createUser()]);
});

const versionsOf = (id: string) =>
  sql`select version, created_by, definition from workflow_versions where workflow_id = ${id} order by version`;

describe('a workflow', () => {
  test('is made of a name alone, as a draft of the personal workspace', async () => {
    const made = await createWorkflow(owner, { name: '  Orders ' });
    expect(made).toMatchObject({
      name: 'Orders',
      user_id: owner.id,
      workspace_id: owner.workspaceId,
      is_public: false,
      status: 'draft',
      tags: [],
      version: '1',
      version_number: 1,
      definition: { nodes: [], connections: [] },
      execution_count: 0,
      rating_average: 0,
    });
    const read = await owner.get(workflowPath(made.id));
    expect(read.body).toEqual(made);
    expect(read.headers.get('etag')).toMatch(/^"v1\./);
    const again = await owner.get(workflowPath(made.id), { headers: { 'If-None-Match': read.headers.get('etag')! } });
    expect(again.status).toBe(304);
  });

  test('keeps what editors write, under one name for connections', async () => {
    const { nodes, connections } = steps('a', 'b');
    const made = await createWorkflow(owner, { definition: { nodes, edges: connections, viewport: { zoom: 1.5 } } });
    expect(made.definition).toEqual({ nodes, connections, viewport: { zoom: 1.5 } });
  });

  test('may be saved half-done, but not with a shape that is none', async () => {
    await createWorkflow(owner, { definition: { nodes: [{ id: 'a', type: 'no-such-type' }], connections: [] } });
    const twice = { nodes: [{ id: 'a' }, { id: 'a' }], connections: [] };
    expect(await owner.post(WORKFLOWS, { name: 'Twice', definition: twice })).toMatchObject({
      status: 422,
      body: { errors: [{ loc: ['body', 'definition', 'nodes', 1, 'id'] }] },
    });
  });

  test('is made once for an Idempotency-Key', async () => {
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const first = await owner.post(WORKFLOWS, { name: 'Once' }, { headers });
    const second = await owner.post(WORKFLOWS, { name: 'Once' }, { headers });
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
  });

  test('may be as long as one of a project', async () => {
    const definition = { nodes: [{ id: 'a', data: 'x'.repeat(1024 * 1024) }], connections: [] };
    expect(await owner.post(WORKFLOWS, { name: 'Long', definition })).toMatchObject({ status: 413 });
  });
});

describe('a change', () => {
  test('leaves what is not given, and takes away what is null', async () => {
    const made = await createWorkflow(owner, {
      name: 'Before',
      description: 'Some',
      category: 'support',
      tags: ['a', 'b', 'a'],
      thumbnail_url: 'https://img.example.test/a.png',
      max_concurrent_executions: 3,
    });
    expect(made.tags).toEqual(['a', 'b']);
    const changes = { name: 'After', status: 'active', description: null, max_concurrent_executions: null, tags: null };
    const { status, body } = await owner.put(workflowPath(made.id), changes);
    expect(status).toBe(200);
    const changed = { name: 'After', status: 'active', description: null, max_concurrent_executions: null };
    expect(body).toEqual({ ...made, ...changed, updated_at: body.updated_at });
    expect(await versionsOf(made.id)).toHaveLength(1);
  });

  test('of the definition makes a version, in the name of whoever made it; the same one does not', async () => {
    const workspaceId = await createWorkspace(owner);
    const member = await createUser();
    await addMember(workspaceId, member, 'member');
    const made = await createWorkflow(owner, { definition: steps('a') }, workspaceId);
    const { nodes, connections } = steps('a');
    const same = { connections, nodes: nodes.map((node) => Object.fromEntries(Object.entries(node).toReversed())) };
    const unchanged = await member.patch(workflowPath(made.id), { name: 'Same', definition: same });
    expect(unchanged.body).toMatchObject({ name: 'Same', version: '1', updated_by: null });
    const changed = await member.patch(workflowPath(made.id), { definition: steps('a', 'b') });
    expect(changed.body).toMatchObject({ version: '2', version_number: 2, updated_by: member.id, user_id: owner.id });
    const versions = await versionsOf(made.id);
    expect(versions.map(({ version, created_by }) => [version, created_by])).toEqual([
      [1, owner.id],
      [2, member.id],
    ]);
    expect(versions[0]!.definition).toEqual(steps('a'));
  });

  test('with If-Match keeps one editor from undoing what another has done', async () => {
    const { id } = await createWorkflow(owner, { definition: steps('a') });
    const put = (definition: unknown, tag: string) =>
      owner.put(workflowPath(id), { definition }, { headers: { 'If-Match': tag } });
    const tag = (await owner.get(workflowPath(id))).headers.get('etag')!;
    const mine = await put(steps('mine'), tag);
    expect(mine.status).toBe(200);
    expect(mine.headers.get('etag')).toMatch(/^"v2\./);
    expect(await put(steps('theirs'), tag)).toMatchObject({ status: 412 });
    expect((await owner.get(workflowPath(id))).body.definition).toEqual(steps('mine'));
    expect(await owner.put(workflowPath(id), {}, { headers: { 'If-Match': tag } })).toMatchObject({ status: 412 });
  });

  test('of many at once loses none, and each of them is a version', async () => {
    const { id } = await createWorkflow(owner);
    const names = ['a', 'b', 'c', 'd', 'e'];
    const answers = await Promise.all(names.map((name) => owner.put(workflowPath(id), { definition: steps(name) })));
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
    expect((await versionsOf(id)).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('by its project has an author too', async () => {
    const workspaceId = await createWorkspace(owner);
    const member = await createUser();
    await addMember(workspaceId, member, 'member');
    const project = await createProject(owner, workspaceId, { definition: chain('a') });
    await member.put(projectPath(project.id, '/workflow'), { definition: chain('b') });
    expect((await versionsOf(project.workflow_id)).map(({ created_by }) => created_by)).toEqual([owner.id, member.id]);
    expect((await owner.get(workflowPath(project.workflow_id))).body).toMatchObject({ updated_by: member.id });
  });
});

describe('deleting', () => {
  test('takes versions and executions along', async () => {
    const { id } = await createWorkflow(owner);
    await sql`insert into workflow_executions (workspace_id, workflow_id) values (${owner.workspaceId}, ${id})`;
    expect(await owner.delete(workflowPath(id))).toMatchObject({ status: 200 });
    expect(await owner.get(workflowPath(id))).toMatchObject({ status: 404 });
    expect(await versionsOf(id)).toEqual([]);
    expect(await sql`select from workflow_executions where workflow_id = ${id}`).toEqual([]);
  });

  test('is for what no project has; a deleted project keeps it from everybody', async () => {
    const workspaceId = await createWorkspace(owner);
    const { id, workflow_id: workflowId } = await createProject(owner, workspaceId);
    expect(await owner.delete(workflowPath(workflowId))).toMatchObject({
      status: 409,
      body: { code: 'workflow_of_project' },
    });
    await owner.delete(projectPath(id));
    expect(await owner.get(workflowPath(workflowId))).toMatchObject({ status: 404 });
    expect((await owner.get(WORKFLOWS, { headers: { 'X-Workspace-Id': workspaceId } })).body.items).toEqual([]);
  });
});

describe('of others', () => {
  test('what is private is not there', async () => {
    const { id } = await createWorkflow(owner);
    for (const attempt of [
      stranger.get(workflowPath(id)),
      stranger.put(workflowPath(id), { name: 'Mine' }),
      stranger.delete(workflowPath(id)),
      stranger.post(workflowPath(id, '/duplicate')),
    ]) {
      expect(await attempt).toMatchObject({ status: 404 });
    }
  });

  test('what is public is read and copied, without secrets, and not changed', async () => {
    const config = {
      url: 'https://api.example.test',
      api_key: 'sk-very-secret',
      headers: { Authorization: 'Bearer ${KEY}' },
    };
    const definition = { nodes: [{ id: 'a', type: 'http', config }], connections: [] };
    const made = await createWorkflow(owner, { name: 'Open', is_public: true, status: 'active', definition });
    const read = await stranger.get(workflowPath(made.id));
    expect(read.body).toMatchObject({ id: made.id, workspace_id: owner.workspaceId });
    expect(read.body.definition.nodes[0].config).toEqual({ ...config, api_key: '${API_KEY}' });
    expect((await owner.get(workflowPath(made.id))).body.definition).toEqual(definition);
    expect(await stranger.put(workflowPath(made.id), { name: 'Mine' })).toMatchObject({ status: 403 });
    expect(await stranger.delete(workflowPath(made.id))).toMatchObject({ status: 403 });
    const copy = await stranger.post(workflowPath(made.id, '/duplicate'));
    expect(copy.body).toMatchObject({
      name: 'Open (Copy)',
      workspace_id: stranger.workspaceId,
      user_id: stranger.id,
      is_public: false,
      status: 'draft',
      downloads_count: 0,
      definition: read.body.definition,
    });
    expect((await owner.get(workflowPath(made.id))).body).toMatchObject({ downloads_count: 1 });
  });

  test('what is public is met in the workspace that the header names, if that is one of theirs', async () => {
    const made = await createWorkflow(owner, { is_public: true });
    const shared = await createWorkspace(stranger);
    const inWorkspace = (id: string) => ({ headers: { 'X-Workspace-Id': id } });
    const copy = await stranger.post(workflowPath(made.id, '/duplicate'), undefined, inWorkspace(shared));
    expect(copy.body).toMatchObject({ workspace_id: shared });
    const outside = await stranger.post(workflowPath(made.id, '/duplicate'), undefined, inWorkspace(owner.workspaceId));
    expect(outside).toMatchObject({ status: 404 });
    const viewer = await createUser();
    await addMember(shared, viewer, 'viewer');
    expect(await viewer.post(workflowPath(made.id, '/duplicate'), undefined, inWorkspace(shared))).toMatchObject({
      status: 403,
    });
  });

  test('a token meets what is public in its own workspace, and there alone', async () => {
    const shared = await createWorkspace(owner);
    const { token } = await createToken(owner, ['workflows:read', 'workflows:write'], { workspaceId: shared });
    const client = api.as({ accessToken: token });
    // Its creator is a member of that workspace, which the token does not reach.
    const open = await createWorkflow(owner, { is_public: true });
    const closed = await createWorkflow(owner);
    expect(await client.get(workflowPath(closed.id))).toMatchObject({ status: 404 });
    expect(await client.get(workflowPath(open.id))).toMatchObject({ status: 200 });
    expect(await client.put(workflowPath(open.id), { name: 'Mine' })).toMatchObject({ status: 403 });
    const rated = await client.post(workflowPath(open.id, '/rate'), undefined, { query: { rating: '5' } });
    expect(rated).toMatchObject({ status: 409 });
    const copy = await client.post(workflowPath(open.id, '/duplicate'));
    expect(copy.body).toMatchObject({ workspace_id: shared });
    const headers = { 'X-Workspace-Id': owner.workspaceId };
    expect(await client.get(workflowPath(open.id), { headers })).toMatchObject({ status: 404 });
  });

  test('what is public goes with its workspace', async () => {
    const workspaceId = await createWorkspace(owner);
    const { id } = await createWorkflow(owner, { is_public: true }, workspaceId);
    await sql`update workspaces set status = 'deleted', deleted_at = now() where id = ${workspaceId}`;
    expect(await stranger.get(workflowPath(id))).toMatchObject({ status: 404 });
    expect(await owner.get(workflowPath(id))).toMatchObject({ status: 404 });
  });
});

describe('copies', () => {
  test('of one’s own are called so in the language of the request, as long as names may be', async () => {
    const made = await createWorkflow(owner, { name: 'n'.repeat(255), definition: steps('a'), tags: ['x'] });
    const { body } = await owner.post(workflowPath(made.id, '/duplicate'), undefined, {
      headers: { 'Accept-Language': 'pt-BR' },
    });
    expect(body).toMatchObject({ name: `${'n'.repeat(247)} (Cópia)`, definition: steps('a'), tags: ['x'] });
    expect((await owner.get(workflowPath(made.id))).body.downloads_count).toBe(0);
  });
});

describe('lists', () => {
  test('are of the workspace, newest first, by pages of either kind', async () => {
    const reader = await createUser();
    const names = ['a', 'b', 'c'];
    for (const name of names) await createWorkflow(reader, { name });
    const page = await reader.get(WORKFLOWS, { query: { page: 2, size: 2 } });
    expect(page.body).toMatchObject({ total: 3, page: 2, size: 2, pages: 2, next_cursor: null });
    expect(page.body.items.map(({ name }: { name: string }) => name)).toEqual(['a']);
    const first = await reader.get(WORKFLOWS, { query: { limit: 2 } });
    expect(first.body.items.map(({ name }: { name: string }) => name)).toEqual(['c', 'b']);
    const second = await reader.get(WORKFLOWS, { query: { limit: 2, cursor: first.body.next_cursor } });
    expect(second.body.items.map(({ name }: { name: string }) => name)).toEqual(['a']);
    expect((await stranger.get(WORKFLOWS)).body.items).not.toContainEqual(expect.objectContaining({ name: 'c' }));
    expect((await reader.get(WORKFLOWS, { query: { size: 101 } })).status).toBe(422);
  });

  test('show what fits every filter', async () => {
    const reader = await createUser();
    const wanted = { name: 'Orders of the day', category: 'sales', tags: ['x', 'y'], status: 'active' };
    const { id } = await createWorkflow(reader, wanted);
    await createWorkflow(reader, { name: 'Others', category: 'support', tags: ['x'], is_public: true });
    const ids = async (query: Record<string, string>) =>
      (await reader.get(WORKFLOWS, { query })).body.items.map((item: { id: string }) => item.id);
    for (const query of [
      { search: 'order da' },
      { search: 'SALES' },
      { category: 'sales' },
      { tags: 'x,y' },
      { status: 'active' },
      { search: 'orders', category: 'sales', tags: 'y', status: 'active', is_public: 'false' },
    ]) {
      expect({ query, ids: await ids(query as Record<string, string>) }).toEqual({ query, ids: [id] });
    }
    expect(await ids({ search: 'nothing of the kind' })).toEqual([]);
    expect(await ids({ tags: 'x,z' })).toEqual([]);
  });

  test('of public ones are of everybody’s', async () => {
    const tag = crypto.randomUUID();
    const open = await createWorkflow(owner, { tags: [tag], is_public: true, category: tag });
    await createWorkflow(owner, { tags: [tag] });
    const { body } = await stranger.get(WORKFLOWS, { query: { is_public: true, tags: tag } });
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual([open.id]);
    expect(body.total).toBe(1);
  });

  test('of tags and categories count what has them', async () => {
    const reader = await createUser();
    await createWorkflow(reader, { tags: ['often', 'once'], category: 'c' });
    await createWorkflow(reader, { tags: ['often'] });
    expect((await reader.get(`${WORKFLOWS}/tags`)).body).toEqual([
      { name: 'often', count: 2 },
      { name: 'once', count: 1 },
    ]);
    expect((await reader.get(`${WORKFLOWS}/categories`)).body).toEqual([{ name: 'c', count: 1 }]);
    expect((await stranger.get(`${WORKFLOWS}/tags`, { query: { is_public: true } })).body).not.toContainEqual({
      name: 'once',
      count: 1,
    });
  });
});

test('what happens to a workflow is told, and what others may do with it is audited', async () => {
  const workspaceId = await createWorkspace(owner);
  const { id } = await createWorkflow(owner, { name: 'Told' }, workspaceId);
  await owner.put(workflowPath(id), { is_public: true });
  await owner.delete(workflowPath(id));
  const activities = await sql`
    select action, metadata from workspace_activities where resource_id = ${id} order by created_at`;
  expect(activities).toEqual([
    { action: 'workflow_created', metadata: { name: 'Told' } },
    { action: 'workflow_updated', metadata: { name: 'Told', fields: ['is_public'] } },
    { action: 'workflow_deleted', metadata: { name: 'Told' } },
  ]);
  const entries = (await auditOf(workspaceId)).filter(({ resource_id }) => resource_id === id);
  expect(entries.map(({ action }) => action)).toEqual(['workflow.shared', 'workflow.deleted']);
});
