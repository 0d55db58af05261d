import { describe, expect, test } from 'vitest';
import { BODY_LIMIT_BYTES } from '../../src/http/middleware/limits.ts';
import { createSuperuser, createUser, type User } from './actors.ts';
import { isOpenai } from './answers.ts';
import { type ApiAnswer, type RequestOptions } from './api.ts';
import { sql } from './database.ts';
import { isWebSocket, OPERATIONS, type Operation, type Parameter } from './document.ts';
import { toldBy } from './refusals.ts';
import { fillPath, fullSample, sampleBody, sampleOf, sampleQuery, strangeBodies } from './samples.ts';
import { findFaults } from './schemas.ts';

const REQUESTS = OPERATIONS.filter((operation) => !isWebSocket(operation));
/** Others read their bodies by themselves, and take what those of webhooks send. */
const WITH_BODY = REQUESTS.filter(({ requestBody }) => requestBody && 'application/json' in requestBody.content);
const JSON_TYPE = { 'Content-Type': 'application/json' };

let account: User | undefined;
let admin: User | undefined;

/** An account that may be used up: what succeeds may have ended its sessions or its life. */
async function send(operation: Operation, path: string, body?: unknown, options?: RequestOptions): Promise<ApiAnswer> {
  account ??= await createUser();
  // What is refused for who asks would say nothing of what they ask.
  if (operation['x-access'] === 'superuser') admin ??= await createSuperuser();
  const sender = operation['x-access'] === 'superuser' ? admin! : account;
  const headers = { ...workspaceOf(operation, sender), ...options?.headers };
  const answer = await sender.request(operation.method, path, body, {
    query: sampleQuery(operation),
    ...options,
    headers,
  });
  if (!answer.response.bodyUsed) await answer.response.body?.cancel();
  if (operation.method !== 'GET' && answer.status < 300) forgetWhatEnded(operation);
  return answer;
}

const workspaceOf = (operation: Operation, { workspaceId }: User): Record<string, string> =>
  operation.parameters.some(({ name }) => name === 'x-workspace-id') ? { 'X-Workspace-Id': workspaceId } : {};

/** The path of what is the account's own, as far as that is known. */
async function ownPath(operation: Operation): Promise<string> {
  account ??= await createUser();
  const ids: Record<string, string> = { workspace_id: account.workspaceId };
  for (const { name } of operation.parameters.filter((one) => one.name in MAKERS)) ids[name] = await makeOwn(name);
  return fillPath(operation, ({ name, schema }) => ids[name] ?? String(sampleOf(schema)));
}

/** What happens to one thing in a workspace ends that thing at the most. */
function forgetWhatEnded({ method, parameters }: Operation): void {
  if (!parameters.some(({ name }) => name in MAKERS)) account = undefined;
  else if (method === 'DELETE') made = { ids: {} };
}

/** Operations that make what a path may name instead of the workspace. */
const MAKERS: Record<string, string> = {
  integration_id: 'createIntegration',
  project_id: 'createProject',
  workflow_id: 'createWorkflow',
  node_id: 'createNode',
  execution_id: 'createExecution',
  schedule_id: 'createSchedule',
  webhook_id: 'createWebhook',
  event_trigger_id: 'createEventTrigger',
  wait_id: 'createExecution',
};

let made: { by?: User; ids: Record<string, string> } = { ids: {} };

async function makeOwn(name: string): Promise<string> {
  const by = account!;
  if (made.by !== by) made = { by, ids: {} };
  if (name === 'execution_id') return (made.ids[name] ??= await prepareExecution(by));
  if (name === 'schedule_id') return (made.ids[name] ??= await prepareSchedule(by));
  if (name === 'wait_id') return (made.ids[name] ??= await prepareWait(by));
  const maker = OPERATIONS.find(({ operationId }) => operationId === MAKERS[name])!;
  const path = maker.path.includes('{workflow_id}')
    ? maker.path.replace('{workflow_id}', await makeOwn('workflow_id'))
    : maker.path.replace('{workspace_id}', by.workspaceId);
  made.ids[name] ??= await by.post(path, sampleBody(maker)).then(({ body }) => body.id ?? body[name]);
  return made.ids[name]!;
}

/** One that waits for its start, of a workflow that would run; the sample of a body names none that is there. */
async function prepareExecution(by: User): Promise<string> {
  const [row] = await sql`
    with flow as (
      insert into workflows (workspace_id, created_by, name, definition)
      values (${by.workspaceId}, ${by.id}, 'Flow', '{"nodes":[{"id":"start","type":"manual"}],"connections":[]}') returning id
    )
    insert into workflow_executions (workspace_id, workflow_id, workflow_version, created_by)
    select ${by.workspaceId}, id, 1, ${by.id} from flow returning id`;
  return row!.id;
}

async function prepareSchedule(by: User): Promise<string> {
  const [row] = await sql`
    with flow as (
      insert into workflows (workspace_id, created_by, name, definition)
      values (${by.workspaceId}, ${by.id}, 'Flow', '{"nodes":[{"id":"start","type":"manual"}],"connections":[]}') returning id
    )
    insert into schedules (workspace_id, workflow_id, created_by, acts_for, name, cron, time_zone)
    select ${by.workspaceId}, id, ${by.id}, ${by.id}, 'Schedule', '@yearly', 'UTC' from flow returning id`;
  return row!.id;
}

async function prepareWait(by: User): Promise<string> {
  const [row] = await sql`
    insert into execution_waits (workspace_id, execution_id, node_key, kind, title, expires_at, created_by)
    values (${by.workspaceId}, ${await prepareExecution(by)}, 'ask', 'approval', 'Own', now() + interval '1 day', ${by.id})
    returning id`;
  return row!.id;
}

const isRefusal = ({ status }: ApiAnswer) => status >= 400 && status < 500;

const isSound = ({ status }: ApiAnswer) => status < 500;

const STRANGE_TEXTS = [
  '',
  'abc',
  '-1',
  '1.5',
  '1e999',
  'NaN',
  '99999999999999999999',
  "' or 1=1 --",
  'with\0NUL',
  '%',
  '../../etc/passwd',
  '\u{1F642}',
  'x'.repeat(3000),
  '00000000-0000-0000-0000-00000000000g',
];

/** Whether a parameter's schema refuses this text, by what the document says. */
function refuses({ schema }: Parameter, text: string): boolean {
  // Whether `?name=` is nothing or an empty text, no schema says.
  if (text === '') return false;
  const [type] = [schema.type].flat();
  // A parameter that may be repeated is a list of one where it is not.
  if (type === 'array') return findFaults(schema, [text]).length > 0;
  return findFaults(schema, ['integer', 'number'].includes(String(type)) ? Number(text) : text).length > 0;
}

/**
 * What no operation may do with what no client should send: fail by itself. Every answer is checked by the client.
 * @param share of strange texts and values each place gets one in so many, another one at each place, so that all of
 * them are met somewhere.
 */
export function describeEveryInput(share: number): void {
  let places = 0;
  const some = <T>(all: Iterable<T>): T[] => {
    places += 1;
    return [...all].filter((_, at) => (at + places) % share === 0);
  };

  describe('parameters of another kind', () => {
    const inPath = REQUESTS.filter(({ parameters }) => parameters.some((parameter) => parameter.in === 'path'));
    const inQuery = REQUESTS.filter(({ parameters }) => parameters.some((parameter) => parameter.in === 'query'));

    test.each(inPath)('in the path of $method $path', async (operation) => {
      for (const text of some(STRANGE_TEXTS.filter((one) => one !== '' && !one.includes('/')))) {
        const answer = await send(
          operation,
          fillPath(operation, () => text),
          sampleBody(operation),
        );
        expect({ text, refused: isRefusal(answer), status: answer.status }).toMatchObject({ text, refused: true });
      }
    });

    test.each(inQuery)('in the query of $method $path', async (operation) => {
      const path = await ownPath(operation);
      for (const parameter of operation.parameters.filter((one) => one.in === 'query')) {
        for (const text of some(STRANGE_TEXTS)) {
          const query = { ...sampleQuery(operation), [parameter.name]: text };
          const answer = await send(operation, path, sampleBody(operation), { query });
          const named = { name: parameter.name, text, status: answer.status };
          expect({ ...named, sound: isSound(answer) }).toEqual({ ...named, sound: true });
          if (refuses(parameter, text))
            expect({ ...named, refused: isRefusal(answer) }).toEqual({ ...named, refused: true });
        }
        const query = { ...sampleQuery(operation), [parameter.name]: ['1', '2'] };
        expect(isSound(await send(operation, path, sampleBody(operation), { query }))).toBe(true);
      }
    });

    test.each(REQUESTS)('headers of $method $path', async (operation) => {
      const path = await ownPath(operation);
      for (const { name, schema } of operation.parameters.filter((one) => one.in === 'header')) {
        const { status } = await send(operation, path, sampleBody(operation), {
          headers: { [name]: 'not-what-it-says' },
        });
        // Where the text is a good one the request is served, for which a provider may be away.
        if (findFaults(schema, 'not-what-it-says').length > 0)
          expect([404, isOpenai(operation.path) ? 400 : 422]).toContain(status);
        else expect({ name, status }).not.toEqual({ name, status: 500 });
      }
    });
  });

  describe('bodies that cannot be read', () => {
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    const random = Uint8Array.from({ length: 2000 }, (_, at) => (at * 7919 + (at >> 3) * 104_729) & 255);

    test.each(WITH_BODY)('$method $path: not JSON', async (operation) => {
      const path = await ownPath(operation);
      for (const text of some(['{', '{"a":', 'nonsense', "{'a':1}", '{"a":1}}', '\u0000', '[1,', 'NaN'])) {
        const { status, body } = await send(operation, path, text, { headers: JSON_TYPE });
        expect({ status, code: toldBy({ body }).code }).toEqual({ status: 400, code: 'malformed_request' });
      }
      expect(isRefusal(await send(operation, path, random, { headers: JSON_TYPE }))).toBe(true);
    });

    test.each(WITH_BODY)('$method $path: not an object', async (operation) => {
      const path = await ownPath(operation);
      for (const text of some(['[]', '"text"', '123', 'true', '[{}]', '[[[[]]]]', deep, `{"a":${deep}}`])) {
        const answer = await send(operation, path, text, { headers: JSON_TYPE });
        const [shown, expected] = [text.slice(0, 20), text.startsWith('{') ? isSound(answer) : isRefusal(answer)];
        expect({ text: shown, status: answer.status, expected }).toMatchObject({ text: shown, expected: true });
      }
    });

    test.each(WITH_BODY)('$method $path: of another type', async (operation) => {
      const path = await ownPath(operation);
      const accepted = Object.keys(operation.requestBody!.content);
      for (const type of some([
        'text/plain',
        'application/xml',
        'application/octet-stream',
        'nonsense',
        'image/png; a=b',
      ])) {
        const { status } = await send(operation, path, '<a/>', { headers: { 'Content-Type': type } });
        expect({ type, status }).toEqual({ type, status: 415 });
      }
      if (!accepted.includes('multipart/form-data')) return;
      for (const type of ['multipart/form-data', 'multipart/form-data; boundary=nowhere']) {
        const answer = await send(operation, path, 'no such boundary', { headers: { 'Content-Type': type } });
        expect({ type, refused: isRefusal(answer) }).toEqual({ type, refused: true });
      }
    });

    test.each(WITH_BODY)('$method $path: too large', async (operation) => {
      const body = JSON.stringify({ a: 'x'.repeat(BODY_LIMIT_BYTES) });
      const answer = await send(operation, await ownPath(operation), body, { headers: JSON_TYPE });
      expect(answer.status).toBe(413);
      expect(toldBy(answer).code).toBe('payload_too_large');
    });

    test.each(WITH_BODY.filter(({ requestBody }) => requestBody!.required))(
      '$method $path: absent',
      async (operation) => {
        const path = await ownPath(operation);
        expect(isRefusal(await send(operation, path))).toBe(true);
        expect(isRefusal(await send(operation, path, '', { headers: JSON_TYPE }))).toBe(true);
      },
    );
  });

  describe('bodies with something strange in them', () => {
    test.each(WITH_BODY)('$method $path', { timeout: 120_000 }, async (operation) => {
      const schema = operation.requestBody!.content['application/json']!.schema!;
      for (const { at, value, body } of some(strangeBodies(fullSample(schema)))) {
        const answer = await send(operation, await ownPath(operation), JSON.stringify(body), { headers: JSON_TYPE });
        const shown = { at, value: String(JSON.stringify(value)).slice(0, 40), status: answer.status };
        expect({ ...shown, sound: isSound(answer) }).toEqual({ ...shown, sound: true });
        if (findFaults(schema, body, 'lenient').length > 0) {
          expect({ ...shown, refused: isRefusal(answer) }).toEqual({ ...shown, refused: true });
        }
      }
    });
  });

  describe('forms with something strange in them', () => {
    const accepts = (operation: Operation) => 'multipart/form-data' in operation.requestBody!.content;

    test.each(WITH_BODY.filter(accepts))('$method $path', async (operation) => {
      const sample = sampleBody(operation) as Record<string, unknown>;
      const path = await ownPath(operation);
      for (const name of Object.keys(sample)) {
        const repeated = new URLSearchParams(
          [...Object.entries(sample), [name, 'again']].map(([k, v]) => [k!, String(v)]),
        );
        const withFile = new FormData();
        for (const [key, value] of Object.entries(sample)) withFile.set(key, String(value));
        withFile.set(name, new File(['content'], 'file.txt'));
        expect(isSound(await send(operation, path, repeated))).toBe(true);
        expect({ name, refused: isRefusal(await send(operation, path, withFile)) }).toEqual({ name, refused: true });
        for (const text of some(STRANGE_TEXTS)) {
          const answer = await send(operation, path, new URLSearchParams({ ...sample, [name]: text } as never));
          expect({ name, text, sound: isSound(answer) }).toEqual({ name, text, sound: true });
        }
      }
    });
  });
}
