/**
 * Who may call each operation that demands a permission, asked of all that the document describes: by role, by rights in
 * a project, and by token, and always about what is really there, so that nothing is refused for want of it.
 */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  PERMISSIONS,
  PROJECT_RIGHTS,
  ROLES,
  roleAllows,
  type Permission,
  type ProjectRight,
  type Rule,
} from '../../src/core/permissions.ts';
import { createUser, createWorkspace, type User } from '../helpers/actors.ts';
import { api } from '../helpers/api.ts';
import { sql } from '../helpers/database.ts';
import { isWebSocket, nameOf, OPERATIONS, type Operation } from '../helpers/document.ts';
import { toldBy } from '../helpers/refusals.ts';
import { requestIn, selectsWorkspace } from '../helpers/requests.ts';
import { openSocket } from '../helpers/streams.ts';
import { createToken } from '../helpers/tokens.ts';
import { createCast, createWorld, snapshotOf, type Cast, type Part, type World } from '../helpers/world.ts';

const GUARDED = OPERATIONS.filter((operation) => operation['x-access'] in PERMISSIONS);

/** What is demanded once it is known what the request is about, besides `x-access`. */
const DEMANDED_WITHIN: Record<string, Permission> = {
  restoreProject: 'projects:delete',
  removeMember: 'members:remove',
};

/** What is demanded of a token besides: to leave a project takes no more than to see it, but is no reading. */
const DEMANDED_OF_TOKENS: Record<string, Permission> = { removeProjectCollaborator: 'projects:share' };

/**
 * What cannot be carried out here even by who may: tests reach nobody outside, what is streamed a call alone can make
 * (test/features/llm/streams.test.ts), the workflow of a world is its project's and of those who would rate it, its
 * node is not public, and its execution waits for its start.
 */
const UNREACHABLE: Record<string, { status: number; code: string }> = {
  rotateIntegrationSecret: { status: 422, code: 'address_not_allowed' },
  followStream: { status: 404, code: 'not_found' },
  deleteWorkflow: { status: 409, code: 'workflow_of_project' },
  rateWorkflow: { status: 409, code: 'workflow_is_own' },
  rateNode: { status: 404, code: 'not_found' },
  downloadNode: { status: 404, code: 'not_found' },
  forkExecution: { status: 409, code: 'execution_not_suitable' },
  resumeExecution: { status: 409, code: 'execution_not_suitable' },
  replayExecution: { status: 409, code: 'execution_not_suitable' },
  diffExecution: { status: 409, code: 'execution_not_suitable' },
};

/** The permissions that an operation takes, in the order in which they are asked for. */
function demandsOf(operation: Operation): Permission[] {
  const within = DEMANDED_WITHIN[nameOf(operation)];
  return [operation['x-access'] as Permission, ...(within ? [within] : [])];
}

const scopesFor = (operation: Operation): Permission[] => [
  ...demandsOf(operation),
  ...[DEMANDED_OF_TOKENS[nameOf(operation)] ?? []].flat(),
];

/** The rights in a project that may stand for them. */
const rightsFor = (operation: Operation): ProjectRight[] =>
  demandsOf(operation).flatMap((permission) => (PERMISSIONS[permission] as Rule).right ?? []);

/** What test/contract/every-endpoint.test.ts tries without credentials, with bad ones, and with a stranger's. */
const TRIED_ELSEWHERE = ['public', 'signature', 'identity', 'account', 'superuser'];

let cast: Cast;
let stranger: User;
let foreigner: User & { sharedWorkspaceId: string };
beforeAll(async () => {
  [cast, stranger] = await Promise.all([createCast(), createUser()]);
  const user = await createUser();
  foreigner = { ...user, sharedWorkspaceId: await createWorkspace(user) };
});

// There may be a hundred of them.
beforeEach(() => sql`delete from personal_access_tokens where user_id = ${cast.owner.id}`);

test('every operation is tried here or with every endpoint', () => {
  const left = OPERATIONS.filter((operation) => !GUARDED.includes(operation));
  expect(left.filter((operation) => !TRIED_ELSEWHERE.includes(operation['x-access']))).toEqual([]);
  expect(GUARDED.length).toBeGreaterThan(15);
});

describe('is carried out for who holds the permission', () => {
  test.each(GUARDED)('$operationId', async (operation) => {
    const [demands, rights] = [demandsOf(operation), rightsFor(operation)];
    const callers: Caller[] = ROLES.filter((role) => demands.every((permission) => roleAllows(role, permission)));
    if (rights.length > 0 && isInProject(operation)) callers.push('collaborator');
    // One each, since what one has deleted would not be there for the next; who only reads may share one.
    const shared = operation.method === 'GET' ? await createWorld(cast, rights) : null;
    const outcomes = await tryAs([...callers, 'token'], async (caller) => {
      const world = shared ?? (await createWorld(cast, rights));
      return call(await tokenOf(caller, world, scopesFor(operation)), operation, world, partOf(caller));
    });
    expect(outcomes).toEqual(outcomes.map(({ caller }) => ({ caller, ...carriedOut(operation) })));
  });
});

describe('is refused to others, by the name of the permission, and changes nothing', () => {
  const cases = GUARDED.flatMap((operation) =>
    scopesFor(operation).map((lacking) => ({
      operation,
      lacking,
      name: `${operation.operationId}: ${lacking}`,
    })),
  );

  test.each(cases)('$name', async ({ operation, lacking }) => {
    const isOfAll = demandsOf(operation).includes(lacking);
    const callers: Caller[] = ROLES.filter((role) => isOfAll && !roleAllows(role, lacking));
    // A viewer as well, with every right but the one; outside of the project no right counts.
    if (callers.includes('viewer')) callers.push('collaborator');
    const useful = isInProject(operation) ? rightsFor(operation) : [];
    const world = await createWorld(
      cast,
      PROJECT_RIGHTS.filter((right) => !useful.includes(right)),
    );
    const scopes = (Object.keys(PERMISSIONS) as Permission[]).filter((permission) => permission !== lacking);
    const token = await tokenOf('token', world, scopes);
    const before = await snapshotOf(world);
    const outcomes = await tryAs([...callers, 'token'], (caller) =>
      call(caller === 'token' ? token : cast[caller].accessToken, operation, world, partOf(caller)),
    );
    expect(outcomes).toEqual(outcomes.map(({ caller }) => ({ caller, ...forbidden(operation, lacking) })));
    expect(await snapshotOf(world)).toEqual(before);
  });
});

describe('is not there for who is no member', () => {
  test.each(GUARDED)('$operationId', async (operation) => {
    const world = await createWorld(cast, []);
    const before = await snapshotOf(world);
    for (const { accessToken } of [stranger, foreigner]) {
      expect(await call(accessToken, operation, world, 'owner')).toEqual(missing(operation));
    }
    // Through a workspace of one's own, in which one may do anything.
    const own = { ...world, workspaceId: foreigner.sharedWorkspaceId };
    if (namesMore(operation)) {
      expect(await call(foreigner.accessToken, operation, own, 'owner')).toEqual(missing(operation));
    } else if (requestIn(own, operation, 'owner').isAboutWorld) {
      expect(await call(foreigner.accessToken, operation, own, 'owner')).toHaveProperty('code');
    }
    expect(await snapshotOf(world)).toEqual(before);
  });
});

/** Somebody of the cast, or the owner by a personal access token. */
type Caller = Part | 'token';

const partOf = (caller: Caller): Part => (caller === 'token' ? 'owner' : caller);

async function tokenOf(caller: Caller, world: World, scopes: Permission[]): Promise<string> {
  return caller === 'token' ? (await createToken(cast.owner, scopes, world)).token : cast[caller].accessToken;
}

const tryAs = (callers: Caller[], attempt: (caller: Caller) => Promise<Outcome>) =>
  Promise.all(callers.map(async (caller) => ({ caller, ...(await attempt(caller)) })));

/** Rights in a project count: where the path names it and not its workspace, or that it is deleted. */
const isInProject = ({ path }: Operation) =>
  path.includes('{deleted_project_id}') || (path.includes('{project_id}') && !path.includes('{workspace_id}'));

/** The path or a header names the workspace, and the path something else that belongs to it alone. */
function namesMore(operation: Operation): boolean {
  const named = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
  const isChosen = named.includes('workspace_id') || selectsWorkspace(operation);
  return isChosen && named.some((name) => name !== 'workspace_id' && name !== 'provider');
}

/** What an answer says to whoever may call; a socket answers by the code that it is closed with. */
type Outcome = { status: number; code?: string; detail?: string };

async function call(token: string, operation: Operation, world: World, part: Part): Promise<Outcome> {
  const { path, body, options } = requestIn(world, operation, part);
  if (isWebSocket(operation)) return connect(path, token);
  const answer = await api.as({ accessToken: token }).request(operation.method, path, body, options);
  if (!answer.response.bodyUsed) await answer.response.body?.cancel();
  const { status, body: told } = answer;
  // Of several that are done at once, each may fail by itself.
  if (isSuccess(status)) {
    const failed = told?.error_count > 0 ? told.errors[0] : told?.failed > 0 ? told.results[0] : null;
    return { status, ...(failed && { code: failed.code }) };
  }
  return { status, ...toldBy({ body: told }) };
}

async function connect(path: string, token: string): Promise<Outcome> {
  const socket = await openSocket(path, { Authorization: `Bearer ${token}` });
  const closed = socket.closed.then(({ code }) => code);
  const status = await Promise.race([socket.next().then(() => 101), closed]);
  if (status === 101) socket.close();
  return { status };
}

const isSuccess = (status: number) => status < 300;

function carriedOut(operation: Operation): object {
  const refusal = UNREACHABLE[nameOf(operation)];
  return refusal ? { ...refusal, detail: expect.any(String) } : { status: expect.toSatisfy(isSuccess) };
}

const forbidden = (operation: Operation, lacking: Permission): object =>
  isWebSocket(operation)
    ? { status: 4003 }
    : { status: 403, code: 'forbidden', detail: expect.stringContaining(` ${lacking} `) };

const missing = (operation: Operation): object =>
  isWebSocket(operation) ? { status: 4003 } : { status: 404, code: 'not_found', detail: expect.any(String) };
