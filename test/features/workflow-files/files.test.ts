/** Files that workflows share, by the API and by nodes. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, givePlan, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { createWorkflow, definition, recorded, run, start, trigger } from '../../helpers/executions.ts';

const FILES = '/api/v1/workflow-files';
const CONTENT = `${FILES}/content`;

let user: User;
beforeAll(async () => {
  user = await createUser();
});

const put = (who: User, path: string, content: BodyInit, headers: Record<string, string> = {}) =>
  who.request('PUT', CONTENT, content, { query: { path }, headers });

const read = async (who: User, path: string) => {
  const { body, status } = await who.get(CONTENT, { query: { path } });
  return status === 200 ? Buffer.from(body).toString() : status;
};

const objectsOf = async ({ workspaceId }: User) =>
  (await env.STORAGE.list({ prefix: `files/${workspaceId}/` })).objects;

const storedBytes = async ({ workspaceId }: User) =>
  Number((await sql`select storage_bytes from workspaces where id = ${workspaceId}`)[0]!.storage_bytes);

describe('a file', () => {
  test('is written, read, listed, overwritten and deleted', async () => {
    const before = await storedBytes(user);
    const made = await put(user, 'a/one.txt', 'Hello', { 'Content-Type': 'text/plain' });
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({ path: 'a/one.txt', size_bytes: 5, content_type: 'text/plain', version: 1 });
    expect(made.body.checksum).toBe('185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969');
    expect(await read(user, 'a/one.txt')).toBe('Hello');
    await put(user, 'a/two.txt', 'Two');
    await put(user, 'b.txt', 'Three');
    const paths = async (query: object) =>
      (await user.get(FILES, { query: { ...query } as never })).body.map((one: any) => one.path);
    expect(await paths({ prefix: 'a/' })).toEqual(['a/one.txt', 'a/two.txt']);
    expect(await storedBytes(user)).toBe(before + 13);
    const again = await put(user, 'a/one.txt', 'Goodbye, all', { 'If-Match': '"v1"' });
    expect(again.body).toMatchObject({ version: 2, size_bytes: 12 });
    expect((await put(user, 'a/one.txt', 'Late', { 'If-Match': '"v1"' })).status).toBe(412);
    expect(await read(user, 'a/one.txt')).toBe('Goodbye, all');
    expect(await storedBytes(user)).toBe(before + 20);
    // Of what was overwritten or refused nothing is left.
    await eventually(async () => (await objectsOf(user)).length === 3);
    expect((await user.request('DELETE', CONTENT, undefined, { query: { path: 'a/one.txt' } })).status).toBe(200);
    expect(await read(user, 'a/one.txt')).toBe(404);
    expect(await storedBytes(user)).toBe(before + 8);
    await eventually(async () => (await objectsOf(user)).length === 2);
  });

  test.each(['', '/a', 'a//b', 'a/../b', '..', './a', 'a/', 'a\\b', 'nul\0', 'x'.repeat(513)])(
    'has no path such as %j',
    async (path) => {
      expect((await put(user, path, 'x')).status).toBe(422);
    },
  );

  test('has 10 MiB at the most, and no more than its workspace may have', async () => {
    const large = new Uint8Array(10 * 1024 * 1024);
    const someone = await createUser();
    await givePlan(someone, 'enterprise');
    expect((await put(someone, 'large.bin', large)).status).toBe(200);
    expect((await someone.get(CONTENT, { query: { path: 'large.bin' } })).headers.get('content-length')).toBe(
      '10485760',
    );
    expect((await put(someone, 'larger.bin', new Uint8Array(10 * 1024 * 1024 + 1))).status).toBe(413);
    await sql`update workspaces set max_storage_mb = 12 where id = ${someone.workspaceId}`;
    const refused = await put(someone, 'more.bin', new Uint8Array(3 * 1024 * 1024));
    expect(refused.body).toMatchObject({ code: 'limit_reached' });
    await eventually(async () => (await objectsOf(someone)).length === 1);
  });

  test('is made and overwritten by several at once, each of whom is told of what they wrote', async () => {
    const contents = ['1', '22', '333', '4444', '55555', '666666'];
    const answers = await Promise.all(contents.map((content) => put(user, 'contested.txt', content)));
    expect(answers.map(({ status, body }) => [status, body.size_bytes])).toEqual(
      contents.map(({ length }) => [200, length]),
    );
    const versions = answers.map(({ body }) => body.version);
    expect(versions.toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(answers.map(({ headers }) => headers.get('etag'))).toEqual(versions.map((version) => `"v${version}"`));
    expect(await read(user, 'contested.txt')).toBe(contents[versions.indexOf(6)]);
  });

  test('is there for its workspace alone', async () => {
    await put(user, 'mine.txt', 'Mine');
    const stranger = await createUser();
    expect(await read(stranger, 'mine.txt')).toBe(404);
    expect((await stranger.get(FILES)).body).toEqual([]);
    const { status } = await stranger
      .with({ 'X-Workspace-Id': user.workspaceId })
      .get(CONTENT, { query: { path: 'mine.txt' } });
    expect(status).toBe(404);
  });
});

describe('a node', () => {
  const file = (config: object) => ({ type: 'file', config });

  test('writes, appends, reads, lists and deletes', async () => {
    const flow = definition({
      start: trigger,
      write: file({ operation: 'write', path: 'runs/{{input.day}}.json', content: { n: '{{input.n}}' } }),
      again: file({ operation: 'write', path: 'runs/log.txt', content: 'one\n' }),
      more: file({ operation: 'append', path: 'runs/log.txt', content: 'two\n' }),
      fresh: file({ operation: 'append', path: 'runs/new.txt', content: 'first' }),
      json: file({ operation: 'read', path: 'runs/{{trigger.day}}.json', encoding: 'json' }),
      text: file({ operation: 'read', path: 'runs/log.txt' }),
      bytes: file({ operation: 'read', path: 'runs/log.txt', encoding: 'base64' }),
      list: file({ operation: 'list', path: 'runs/' }),
      gone: file({ operation: 'delete', path: 'runs/new.txt' }),
      none: file({ operation: 'delete', path: 'runs/new.txt' }),
      end: {
        type: 'output',
        config: {
          value: {
            json: '{{json.content}}',
            text: '{{text.content}}',
            bytes: '{{bytes.content}}',
            list: '{{list.files}}',
            gone: '{{gone.deleted}}',
            none: '{{none.deleted}}',
          },
        },
      },
    });
    const row = await run(user, flow, { inputs: { day: 'monday', n: 3 } });
    expect(row).toMatchObject({
      status: 'completed',
      output_data: {
        json: { n: 3 },
        text: 'one\ntwo\n',
        bytes: Buffer.from('one\ntwo\n').toString('base64'),
        gone: true,
        none: false,
      },
    });
    expect(row.output_data.list.map((one: any) => [one.path, one.version])).toEqual([
      ['runs/log.txt', 2],
      ['runs/monday.json', 1],
      ['runs/new.txt', 1],
    ]);
  });

  test('fails where there is no such file, or the path is none', async () => {
    const missing = await run(user, definition({ start: trigger, read: file({ path: 'missing.txt' }) }));
    expect(missing).toMatchObject({ status: 'failed', error_details: { code: 'file_not_found', node_id: 'read' } });
    const flow = definition({ start: trigger, read: file({ path: '{{input.path}}' }) });
    const bad = await run(user, flow, { inputs: { path: '../secret' } });
    expect(bad).toMatchObject({ status: 'failed', error_details: { code: 'invalid_config' } });
  });

  test('of a stranger’s workflow has no part in the files of who runs it', async () => {
    const author = await createUser();
    await put(user, 'private.txt', 'Private');
    const prying = await createWorkflow(author, definition({ start: trigger, read: file({ path: 'private.txt' }) }), {
      is_public: true,
    });
    expect(await recorded(await start(user, prying))).toMatchObject({ error_details: { code: 'not_granted' } });
  });
});
