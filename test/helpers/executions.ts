import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { sweepExecutions } from '../../src/features/executions/index.ts';
import type { ExecutionRunner } from '../../src/features/executions/runner/runner.do.ts';
import type { LiveExecution, QueueState } from '../../src/features/executions/runner/types.ts';
import type { User } from './actors.ts';
import type { Client } from './api.ts';
import { sql } from './database.ts';
import { eventually } from './eventually.ts';
import { atAllowedHost, type Remote } from './remote.ts';
import { createTestSystemCtx } from './context.ts';

/** How the executions of a workspace stand that have not ended. */
export const queueOf = (workspaceId: string): Promise<QueueState> =>
  runnerOf(workspaceId).describeAll() as Promise<unknown> as Promise<QueueState>;

/** The object that runs the executions of a workspace. */
export const runnerOf = (workspaceId: string) =>
  (env.EXECUTION_RUNNER as unknown as DurableObjectNamespace<ExecutionRunner>).getByName(workspaceId);

/** How an execution stands by its runner; null where that knows nothing of it. */
export const liveOf = (workspaceId: string, executionId: string): Promise<LiveExecution | null> =>
  runnerOf(workspaceId).describe(executionId) as Promise<unknown> as Promise<LiveExecution | null>;

/** The runner of a workspace is gone, with all that it had in memory, as if the machine had. */
export async function killRunner(workspaceId: string): Promise<void> {
  await runInDurableObject(runnerOf(workspaceId), (_, state) => state.abort('as if the machine had gone')).catch(
    () => {},
  );
}

/**
 * Nobody has heard of these for long, and a sweep comes by, as often as that: one that finds them alone, since those of
 * other tests may run in another process.
 */
export async function sweepFor(executionIds: string[], times = 1): Promise<void> {
  await sql`update workflow_executions set next_check_at = '2001-01-01' where id = any(${executionIds})`;
  const ctx = createTestSystemCtx();
  await Promise.all(Array.from({ length: times }, () => sweepExecutions(ctx, new Date('2001-01-02'))));
}

/** What an execution waits for, once it does. */
export const openWait = (executionId: string): Promise<any> =>
  eventually(async () => (await sql`select * from execution_waits where execution_id = ${executionId}`)[0]);

/** Once it has given back its place. */
export const parked = (workspaceId: string, executionId: string) =>
  eventually(async () => (await liveOf(workspaceId, executionId))?.isParked === true);

export const approval = (config: object = {}) => ({ type: 'approval', config: { title: 'Go on?', ...config } });

/** A workflow that asks, and gives what was said. */
export const decided = (config: object = {}) =>
  definition(
    {
      start: trigger,
      ask: approval(config),
      yes: transform('{ "went": "on", "data": input.data, "comment": input.comment }'),
      no: transform('{ "went": "back" }'),
      late: transform('{ "went": "late" }'),
    },
    ['start>ask', 'ask.approved>yes', 'ask.rejected>no', 'ask.timeout>late'],
  );

export type Node = { id: string; type: string; config?: Record<string, unknown>; [setting: string]: unknown };

/**
 * A definition in few words: nodes by their ids, and ways such as `a>b`, or `a.true>b` by a port. One node after another
 * where no ways are given.
 */
export function definition(nodes: Record<string, Omit<Node, 'id'>>, ways?: string[]) {
  const ids = Object.keys(nodes);
  const all = ways ?? ids.slice(1).map((id, at) => `${ids[at]}>${id}`);
  return {
    nodes: Object.entries(nodes).map(([id, node]) => ({ ...node, id })),
    connections: all.map((way) => {
      const [from = '', to] = way.split('>');
      const [node, fromPort = 'output'] = from.split('.');
      return { id: way, from: node, fromPort, to };
    }),
  };
}

export const trigger = { type: 'trigger' };

/** A node that gives what an expression says. */
export const transform = (expression: string, more: object = {}) => ({
  type: 'transform',
  config: { expression },
  ...more,
});

/** A node that posts to a server, which it may do again. */
export const post = (remote: Remote, name: string, more: object = {}) => ({
  type: 'http',
  config: { method: 'POST', url: atAllowedHost(remote.url('hook')), body: { name }, idempotency_key: true, ...more },
});

/** A workflow of somebody's; its id. */
export async function createWorkflow(user: User, flow: object, more: object = {}): Promise<string> {
  const { status, body } = await user.post('/api/v1/workflows/', { name: 'Flow', definition: flow, ...more });
  if (status !== 200) throw new Error(`no workflow: ${JSON.stringify(body)}`);
  return body.id;
}

/** Starts a workflow; the id of the execution. */
export async function start(user: Client, workflowId: string, request: object = {}): Promise<string> {
  const { status, body } = await user.post(`/api/v1/workflows/${workflowId}/execute`, request);
  if (status !== 200) throw new Error(`not started: ${JSON.stringify(body)}`);
  return body.execution_id;
}

const ENDED = new Set(['completed', 'failed', 'cancelled', 'timeout']);

/** The row of an execution, once it says that it has ended. */
export const recorded = (executionId: string) =>
  eventually(async () => {
    const [row] = await sql`select * from workflow_executions where id = ${executionId}`;
    return row && ENDED.has(row.status) && row;
  });

/** What became of the nodes of an execution that is recorded. */
export const nodesOf = (executionId: string) =>
  sql`select * from node_executions where execution_id = ${executionId} order by execution_order`;

/** Makes a workflow, runs it, and gives its row once it has ended. */
export async function run(user: User, flow: object, request: object = {}) {
  const executionId = await start(user, await createWorkflow(user, flow), request);
  return recorded(executionId);
}

/** By node: its status, in a loop with the places of the items. */
export async function statusesOf(executionId: string): Promise<Record<string, string>> {
  const rows = await nodesOf(executionId);
  return Object.fromEntries(
    rows.map(({ node_key: key, iteration, status }) => [[key, ...iteration].join('#'), status as string]),
  );
}
