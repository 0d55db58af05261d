import { beforeEach, expect, test } from 'vitest';
import { createUser, type User } from '../helpers/actors.ts';

const VARIABLES = '/api/v1/user-variables';

let user: User;
let path: string;
beforeEach(async () => {
  user = await createUser();
  const { body } = await user.post(VARIABLES, { key: 'GREETING', value: 'a long enough secret' });
  path = `${VARIABLES}/${body.id}`;
});

const ifMatch = (etag: string) => ({ headers: { 'If-Match': etag } });

test('a client that has the version gets 304, until it is changed', async () => {
  const { headers } = await user.get(path);
  const etag = headers.get('etag')!;
  expect((await user.get(path, { headers: { 'If-None-Match': etag } })).status).toBe(304);
  const changed = await user.patch(path, { description: 'changed' });
  expect(changed.headers.get('etag')).not.toBe(etag);
  const again = await user.get(path, { headers: { 'If-None-Match': etag } });
  expect(again).toMatchObject({ status: 200, body: { description: 'changed' } });
  expect(again.headers.get('etag')).toBe(changed.headers.get('etag'));
});

test('a change is made to the version that was meant, or not at all', async () => {
  const etag = (await user.get(path)).headers.get('etag')!;
  expect((await user.put(path, { description: 'first' }, ifMatch(etag))).status).toBe(200);
  const late = await user.put(path, { description: 'second' }, ifMatch(etag));
  expect(late).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
  expect((await user.get(path)).body.description).toBe('first');
  expect((await user.put(path, { description: 'third' }, ifMatch('*'))).status).toBe(200);
  expect((await user.put(path, { description: 'none' }, ifMatch('W/"v3"'))).status).toBe(412);
  expect((await user.put(path, {}, ifMatch(etag))).status).toBe(412);
});

test('of changes to the same version that come together, one is made', async () => {
  const etag = (await user.get(path)).headers.get('etag')!;
  const writers = Array.from({ length: 8 }, (_, n) => user.patch(path, { description: `${n}` }, ifMatch(etag)));
  const statuses = (await Promise.all(writers)).map((answer) => answer.status).toSorted();
  expect(statuses).toEqual([200, 412, 412, 412, 412, 412, 412, 412]);
});

test('what is not there is 404 and not 412', async () => {
  const missing = `${VARIABLES}/${crypto.randomUUID()}`;
  expect((await user.put(missing, { description: 'x' }, ifMatch('"v1"'))).status).toBe(404);
});
