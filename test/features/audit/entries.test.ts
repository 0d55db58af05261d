import { beforeAll, describe, expect, test } from 'vitest';
import { addMember, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { noteEntry } from '../../helpers/audit.ts';
import { sql } from '../../helpers/database.ts';
import { createToken } from '../../helpers/tokens.ts';

let owner: User;
let colleague: User;
let workspaceId: string;
beforeAll(async () => {
  [owner, colleague] = await Promise.all([createUser(), createUser()]);
  workspaceId = await createWorkspace(owner);
  await addMember(workspaceId, colleague, 'member');
});

const pathOf = (id = workspaceId) => `/api/v1/workspaces/${id}/audit`;
const seqsOf = ({ body }: { body: { items: { seq: number }[] } }) => body.items.map(({ seq }) => seq);

describe('an entry', () => {
  test('tells who did what to whom, and from where', async () => {
    const { body: token } = await owner.post(
      '/api/v1/auth/tokens',
      { name: 'Secret project', scopes: ['variables:write', 'workspace:read'] },
      { headers: { 'X-Request-ID': 'the-request' } },
    );
    const { status, body, headers } = await owner.get(pathOf(owner.workspaceId));
    expect(status).toBe(200);
    expect(headers.get('server-timing')).toContain('desc="2"');
    expect(body).toEqual({
      next_cursor: null,
      items: [
        {
          seq: 2,
          id: expect.any(String),
          action: 'access_token.created',
          actor: {
            id: owner.id,
            name: 'Test User',
            username: owner.username,
            email: owner.email,
            erased: false,
            network: expect.stringMatching(/^2001:db8:/),
            credential: 'session',
            token_id: null,
          },
          subject: null,
          resource: { type: 'access_token', id: token.id },
          details: { scopes: ['variables:write', 'workspace:read'], days: 90 },
          request_id: 'the-request',
          created_at: expect.any(String),
          hash: expect.any(String),
          previous_hash: body.items[1].hash,
        },
        expect.objectContaining({ seq: 1, action: 'workspace.created', actor: expect.anything() }),
      ],
    });
    expect(JSON.stringify(body)).not.toContain('Secret project');
    expect(Math.abs(Date.parse(body.items[0].created_at) - Date.now())).toBeLessThan(60_000);
  });

  test('names the token that its actor came with', async () => {
    const token = await createToken(colleague, ['variables:write']);
    await token.post('/api/v1/user-variables', { key: 'BY_TOKEN', value: 'x' });
    const { body } = await colleague.get(pathOf(colleague.workspaceId), { query: { action: 'variable.created' } });
    expect(body.items[0].actor).toMatchObject({ id: colleague.id, credential: 'token', token_id: token.id });
  });

  test('can be read by itself, and asked for again for nothing', async () => {
    await noteEntry(workspaceId, { actorId: owner.id, subjectId: colleague.id, action: 'member.role_changed' });
    const { body: list } = await owner.get(pathOf(), { query: { limit: 1 } });
    const [entry] = list.items;
    expect(entry.subject).toEqual({
      id: colleague.id,
      name: 'Test User',
      username: colleague.username,
      email: colleague.email,
      erased: false,
    });
    const { status, body, headers } = await owner.get(`${pathOf()}/${entry.id}`);
    expect({ status, body }).toEqual({ status: 200, body: entry });
    expect(headers.get('server-timing')).toContain('desc="2"');
    const again = { headers: { 'If-None-Match': headers.get('etag')! } };
    expect(await owner.get(`${pathOf()}/${entry.id}`, again)).toMatchObject({ status: 304 });
  });

  test('of another workspace, or none, is not there', async () => {
    const { body } = await owner.get(pathOf(owner.workspaceId), { query: { limit: 1 } });
    for (const id of [body.items[0].id, crypto.randomUUID()]) {
      expect(await owner.get(`${pathOf()}/${id}`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
    expect(await owner.get(`${pathOf()}/1`)).toMatchObject({ status: 422 });
  });
});

describe('the list', () => {
  const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
  let middle: string;
  let id: string;
  beforeAll(async () => {
    id = await createWorkspace(owner, 'Listed');
    await noteEntry(id, { action: 'project.moved', resourceId: first, actorId: owner.id });
    await noteEntry(id, { action: 'project.deleted', resourceId: first, actorId: colleague.id });
    await noteEntry(id, { action: 'member.joined', resourceId: colleague.id, subjectId: colleague.id });
    await new Promise((resolve) => setTimeout(resolve, 5));
    middle = new Date().toISOString();
    await noteEntry(id, { action: 'project.moved', resourceId: second, actorId: owner.id, subjectId: owner.id });
    await noteEntry(id, { action: 'member.left', resourceId: colleague.id, actorId: colleague.id });
  });

  test.each<[string, () => Record<string, string | string[]>, number[]]>([
    ['everything', () => ({}), [5, 4, 3, 2, 1]],
    ['one action', () => ({ action: 'project.moved' }), [4, 1]],
    ['several actions', () => ({ action: ['member.left', 'project.moved', 'member.left'] }), [5, 4, 1]],
    ['an actor', () => ({ actor_id: colleague.id }), [5, 2]],
    ['a subject', () => ({ subject_id: colleague.id }), [3]],
    ['a kind of thing', () => ({ resource_type: 'project' }), [4, 2, 1]],
    [
      'a kind and an action of it',
      () => ({ resource_type: 'project', action: ['project.moved', 'member.left'] }),
      [4, 1],
    ],
    ['a kind and an action of another', () => ({ resource_type: 'member', action: 'project.moved' }), []],
    ['a thing', () => ({ resource_id: first }), [2, 1]],
    ['what came later', () => ({ since: middle }), [5, 4]],
    ['what came before', () => ({ until: middle }), [3, 2, 1]],
    ['a span', () => ({ since: '0001-01-01T00:00:00Z', until: middle, resource_type: 'project' }), [2, 1]],
    ['what is yet to come', () => ({ since: '9999-12-31T23:59:59Z' }), []],
    ['until the end of time', () => ({ until: '9999-12-31T23:59:59Z' }), [5, 4, 3, 2, 1]],
    ['everything at once', () => ({ action: 'member.left', actor_id: colleague.id, since: middle }), [5]],
    ['nobody', () => ({ actor_id: crypto.randomUUID() }), []],
  ])('of %s', async (_, query, expected) => {
    const answer = await owner.get(pathOf(id), { query: query() });
    expect({ status: answer.status, seqs: seqsOf(answer) }).toEqual({ status: 200, seqs: expected });
  });

  test.each([
    ['action', 'project.exploded'],
    ['resource_type', 'planet'],
    ['actor_id', 'me'],
    ['since', 'yesterday'],
    ['cursor', 'x'],
    ['cursor', '-1'],
    ['cursor', '9'.repeat(30)],
    ['limit', '0'],
    ['limit', '201'],
  ])('refuses %s=%s', async (name, value) => {
    const { status, body } = await owner.get(pathOf(id), { query: { [name]: value } });
    expect({ status, code: body.code, name: body.errors[0].loc[1] }).toEqual({
      status: 422,
      code: 'validation_failed',
      name,
    });
  });

  test.each([{}, { action: ['project.moved', 'project.deleted', 'member.joined', 'member.left'] }])(
    'goes on where a page ended, whatever has come since: %j',
    async (filter) => {
      const workspace = await createWorkspace(owner, 'Paged');
      for (let n = 0; n < 5; n++) await noteEntry(workspace, { action: 'project.moved' });
      const seen: number[] = [];
      for (let cursor: string | undefined; seen.length < 9;) {
        const answer = await owner.get(pathOf(workspace), { query: { ...filter, limit: 2, cursor } });
        seen.push(...seqsOf(answer));
        await noteEntry(workspace, { action: 'project.moved' });
        cursor = answer.body.next_cursor ?? undefined;
        if (!cursor) break;
      }
      expect(seen).toEqual([5, 4, 3, 2, 1]);
      const skipped = await owner.get(pathOf(workspace), { query: { ...filter, limit: 2, offset: 3 } });
      expect(seqsOf(skipped)).toEqual([5, 4]);
      expect(skipped.body.next_cursor).toBe('4');
    },
  );
});

describe('who may read', () => {
  const paths = ['', '/export', '/verify', `/${crypto.randomUUID()}`];

  test.each(paths)('%s: admins, whatever they come with', async (path) => {
    const admin = await createUser();
    await addMember(workspaceId, admin, 'admin');
    const expected = path.length > 10 ? 404 : 200;
    expect(await admin.get(`${pathOf()}${path}`)).toMatchObject({ status: expected });
    const token = await createToken(admin, ['audit:read'], { workspaceId });
    expect(await token.get(`${pathOf()}${path}`)).toMatchObject({ status: expected });
    const other = await createToken(admin, ['workspace:read'], { workspaceId });
    expect(await other.get(`${pathOf()}${path}`)).toMatchObject({ status: 403 });
  });

  test.each(paths)('%s: no member, stranger or nobody', async (path) => {
    const refused = await colleague.get(`${pathOf()}${path}`);
    expect(refused).toMatchObject({ status: 403, body: { detail: 'The permission audit:read is required.' } });
    const stranger = await createUser();
    expect(await stranger.get(`${pathOf()}${path}`)).toMatchObject({ status: 404 });
    expect(await api.get(`${pathOf()}${path}`)).toMatchObject({ status: 401 });
  });

  test('nobody, once the workspace is deleted', async () => {
    const id = await createWorkspace(owner, 'Gone');
    await sql`update workspaces set status = 'deleted', deleted_at = now() where id = ${id}`;
    for (const path of paths) expect(await owner.get(`${pathOf(id)}${path}`)).toMatchObject({ status: 404 });
  });
});
