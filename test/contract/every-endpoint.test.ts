/** What holds for each operation of the document, whatever it does. A new endpoint is covered without being named here. */
import { beforeAll, describe, expect, test } from 'vitest';
import { ERRORS } from '../../src/http/errors/catalog.ts';
import { createUser, type User } from '../helpers/actors.ts';
import { api, type ApiAnswer, type Client } from '../helpers/api.ts';
import { isWebSocket, OPERATIONS, type Operation } from '../helpers/document.ts';
import { isOpenai } from '../helpers/answers.ts';
import { codeAt, toldBy } from '../helpers/refusals.ts';
import { fillPath, sampleBody, sampleOf, samplePath, sampleQuery } from '../helpers/samples.ts';
import { openSocket } from '../helpers/streams.ts';

const isPublic = (operation: Operation) => operation['x-access'] === 'public';

const PUBLIC = OPERATIONS.filter(isPublic);
const GUARDED = OPERATIONS.filter((operation) => !isPublic(operation));
const REQUESTS = GUARDED.filter((operation) => !isWebSocket(operation));
const SOCKETS = GUARDED.filter(isWebSocket);

/** A request as the document describes it; a stream that it opens is closed again. */
async function call(client: Client, operation: Operation, path = samplePath(operation)): Promise<ApiAnswer> {
  const answer = await client.request(operation.method, path, sampleBody(operation), { query: sampleQuery(operation) });
  if (!answer.response.bodyUsed) await answer.response.body?.cancel();
  return answer;
}

let owner: User;
let stranger: User;
beforeAll(async () => {
  [owner, stranger] = await Promise.all([createUser(), createUser()]);
});

test('there is something to test', () => {
  expect(PUBLIC.length).toBeGreaterThan(5);
  expect(REQUESTS.length).toBeGreaterThan(5);
});

describe('without credentials', () => {
  test.each(REQUESTS)('$method $path is 401', async (operation) => {
    const { status, headers } = await call(api, operation);
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer');
  });

  test.each(PUBLIC)('$method $path answers', async (operation) => {
    const { status, body } = await call(api, operation);
    expect([403, 405]).not.toContain(status);
    // What the body holds may be refused; that nothing else was brought along may not.
    expect(toldBy({ body }).code).not.toBe(codeAt(operation.path, 'unauthenticated'));
  });

  test.each(SOCKETS)('$path closes with 4001', async (operation) => {
    const { closed } = await openSocket(samplePath(operation));
    expect(await closed).toMatchObject({ code: 4001 });
  });
});

describe('with credentials that are none', () => {
  const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const forged = () => {
    const claims = { sub: owner.id, sid: crypto.randomUUID(), exp: 9_999_999_999 };
    return `${base64url({ alg: 'none', typ: 'JWT' })}.${base64url(claims)}.`;
  };
  const tampered = () => {
    const [header, , signature] = owner.accessToken.split('.');
    return [header, base64url({ sub: stranger.id, exp: 9_999_999_999 }), signature].join('.');
  };

  test.each(REQUESTS)('$method $path is 401', async (operation) => {
    const refused = [
      'Bearer garbage',
      'Bearer a.b.c',
      `Bearer ${forged()}`,
      `Bearer ${tampered()}`,
      `Bearer ${owner.refreshToken}`,
      `Bearer ${'x'.repeat(5000)}`,
      'Bearer',
      'Basic !!!',
      `Basic ${btoa('no colon')}`,
      'Digest username="x"',
    ];
    for (const Authorization of refused) {
      const { status, body } = await call(api.with({ Authorization }), operation);
      expect({ Authorization, status, code: toldBy({ body }).code }).toEqual({
        Authorization,
        status: 401,
        code: codeAt(operation.path, 'unauthenticated'),
      });
    }
  });

  test.each(PUBLIC)('$method $path does not mind', async (operation) => {
    const [plain, garbage] = [
      await call(api, operation),
      await call(api.with({ Authorization: 'Bearer x' }), operation),
    ];
    expect(garbage.status).toBe(plain.status);
  });

  test.each(SOCKETS)('$path closes with 4001', async (operation) => {
    const { closed } = await openSocket(`${samplePath(operation)}?token=garbage`);
    expect(await closed).toMatchObject({ code: 4001 });
  });
});

describe('with a stranger’s credentials', () => {
  const selectsWorkspace = (operation: Operation) =>
    operation.parameters.some((parameter) => parameter.in === 'header' && parameter.name === 'x-workspace-id');
  // Names that mean the same for everybody, such as a provider's, are nobody's.
  const namesResource = (operation: Operation) =>
    operation.parameters.some((parameter) => parameter.in === 'path' && parameter.schema.format === 'uuid');

  /** The path with what belongs to the owner: the workspace, else the first of the list that the parameter is under. */
  async function ownersPath(operation: Operation): Promise<string> {
    const ids = new Map<string, string>();
    for (const parameter of operation.parameters.filter((one) => one.in === 'path')) {
      const { name, schema } = parameter;
      const list = operation.path.split(`/{${name}}`)[0]!;
      if (name === 'workspace_id') ids.set(name, owner.workspaceId);
      else ids.set(name, schema.format === 'uuid' ? await firstOf(list) : String(sampleOf(schema)));
    }
    return fillPath(operation, ({ name }) => ids.get(name)!);
  }

  async function firstOf(path: string): Promise<string> {
    const list = OPERATIONS.find((operation) => operation.method === 'GET' && operation.path === path);
    const { body } = list ? await call(owner, list) : { body: null };
    const items: { id?: string }[] = Array.isArray(body) ? body : (Object.values(body ?? {}).find(Array.isArray) ?? []);
    return items[0]?.id ?? crypto.randomUUID();
  }

  test.each(REQUESTS.filter(selectsWorkspace))('$method $path does not show a foreign workspace', async (operation) => {
    const { status } = await call(stranger.with({ 'X-Workspace-Id': owner.workspaceId }), operation);
    expect([403, 404]).toContain(status);
  });

  test.each(REQUESTS.filter(namesResource))('$method $path does not show what is another’s', async (operation) => {
    if (operation['x-access'] === 'signature') return;
    const { status } = await call(stranger, operation, await ownersPath(operation));
    expect([403, 404]).toContain(status);
  });

  test.each(SOCKETS.filter(namesResource))('$path closes with 4003', async (operation) => {
    const { closed } = await openSocket(`${await ownersPath(operation)}?token=${stranger.accessToken}`);
    expect(await closed).toMatchObject({ code: 4003 });
  });
});

test('an administrator’s operation is 403 for others', async () => {
  for (const operation of REQUESTS.filter((one) => one['x-access'] === 'superuser')) {
    const { status } = await call(owner, operation);
    expect({ path: operation.path, status }).toEqual({ path: operation.path, status: 403 });
  }
});

describe('a trailing slash', () => {
  test.each(OPERATIONS.filter((operation) => operation.path !== '/'))(
    '$method $path/ is the same',
    async (operation) => {
      const plain = await call(api, operation);
      const slashed = await call(api, operation, `${samplePath(operation)}/`);
      expect(slashed.status).toBe(plain.status);
      expect(shapeOf(slashed.body)).toEqual(shapeOf(plain.body));
    },
  );

  const shapeOf = (body: unknown) => (typeof body === 'object' && body !== null ? Object.keys(body).toSorted() : body);
});

describe('another method', () => {
  const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
  const paths = [...new Set(OPERATIONS.map(({ path }) => path))];
  // A fixed path may also be a value of another path's parameter, whose methods then answer there.
  const matches = (pattern: string, path: string) =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(path);

  test.each(paths)('on %s is 405 and names those that are', async (path) => {
    const sample = samplePath(OPERATIONS.find((operation) => operation.path === path)!);
    const served = OPERATIONS.filter((operation) => matches(operation.path, sample)).map(({ method }) => method);
    for (const method of METHODS.filter((other) => !served.includes(other))) {
      const { status, headers } = await owner.request(method, sample);
      expect({ method, status }).toEqual({ method, status: 405 });
      const allowed = headers.get('allow')!.split(', ');
      expect(allowed.filter((other) => other !== 'HEAD').toSorted()).toEqual([...new Set(served)].toSorted());
    }
  });
});

describe('an error', () => {
  test.each([...REQUESTS])('of $method $path speaks English and Portuguese', async (operation) => {
    const { title, detail } = ERRORS.unauthenticated;
    const english = await call(api.with({ 'Accept-Language': 'en-GB, en;q=0.8' }), operation);
    expect(toldBy(english).detail).toBe(detail.en);
    const portuguese = await call(api.with({ 'Accept-Language': 'pt-BR' }), operation);
    expect(toldBy(portuguese).detail).toBe(detail.pt);
    expect(portuguese.headers.get('vary')?.toLowerCase()).toContain('accept-language');
    if (isOpenai(operation.path)) return;
    expect(english.body).toMatchObject({ title: title.en, instance: samplePath(operation) });
    expect(portuguese.body).toMatchObject({ title: title.pt });
    expect(english.body.error_id).not.toBe(portuguese.body.error_id);
    expect(english.body.request_id).toBe(english.headers.get('x-request-id'));
  });
});
