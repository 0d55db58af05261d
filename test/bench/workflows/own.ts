/** Ours: workflows of any length, run over the API by whoever may, and found as stored in PostgreSQL. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WrongAnswer } from '../load.ts';
import { logInEverybody, type Authorization } from '../members.ts';
import { INPUT, STEPS } from './chain.ts';
import { post, type Engine } from './engines.ts';
import { countIn, withClient } from './store.ts';

/** More than there are callers: who waits for their turn is not measured here. */
const EXECUTIONS_AT_ONCE = 100;

const END_LIMIT_MS = 60_000;

export interface Place {
  worker: string;
  databaseUrl: string;
  workspaceId: string;
  authorization: Authorization;
}

/** The demo account, with a plan and a workspace that no run exhausts. */
export async function openPlace(worker: string, databaseUrl: string): Promise<Place> {
  const { authorization, workspaceId } = await logInEverybody(worker, 0);
  await withClient(databaseUrl, async (client) => {
    await client.query(
      'update user_subscriptions set plan_id = (select id from plans where max_executions_per_month is null limit 1)',
    );
    await client.query('insert into execution_settings (workspace_id, max_concurrent_executions) values ($1, $2)', [
      workspaceId,
      EXECUTIONS_AT_ONCE,
    ]);
  });
  return { worker, databaseUrl, workspaceId, authorization };
}

/** A workflow of so many nodes in a row, the chain's five or the chain made longer; returns its id. */
export async function createChain({ worker, authorization }: Place, length = STEPS): Promise<string> {
  const nodes = [
    { id: 'trigger', type: 'trigger' },
    { id: 'set', type: 'set', config: { variables: { amount: '{{input.amount}}' } } },
    ...Array.from({ length: length - STEPS }, (_, n) => ({
      id: `same-${n}`,
      type: 'transform',
      config: { expression: '{ "amount": amount }' },
    })),
    { id: 'double', type: 'transform', config: { expression: '{ "amount": amount * 2 }' } },
    { id: 'check', type: 'condition', config: { expression: 'amount > 10' } },
    { id: 'finish', type: 'transform', config: { expression: '{ "result": amount + 1 }' } },
  ];
  const connections = nodes.slice(1).map(({ id }, n) => {
    const from = nodes[n]!;
    return { from: from.id, to: id, ...(from.type === 'condition' && { fromPort: 'true' }) };
  });
  const response = await fetch(`${worker}/api/v1/workflows`, {
    method: 'POST',
    headers: { ...authorization, 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: `Chain of ${length}`, definition: { nodes, connections } }),
  });
  if (!response.ok) throw new WrongAnswer(`a workflow is not created: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { id: string }).id;
}

/** Runs one workflow; without waiting for its result, the answer is that it has been started. */
export function own(place: Place, workflowId: string, options: { length?: number; waits?: boolean } = {}): Engine {
  const { length = STEPS, waits = true } = options;
  const { worker: origin, authorization, databaseUrl } = place;
  return {
    name: 'SynapScale',
    route: post(
      origin,
      `/api/v1/workflows/${workflowId}/execute`,
      { ...authorization, ...(waits && { Prefer: 'wait=30' }) },
      { inputs: INPUT },
    ),
    countStored: () =>
      countIn(
        databaseUrl,
        `from workflow_executions e where e.workflow_id = $1 and e.status = 'completed' and (
           select count(*) from node_executions n where n.execution_id = e.id and n.status = 'completed') = $2`,
        [workflowId, length],
      ),
    stop: async () => {},
  };
}

/** Waits until every run of the workspace has ended and is stored. */
export async function untilNothingRuns({ databaseUrl, workspaceId }: Place): Promise<void> {
  const open = `from workflow_executions where workspace_id = $1 and status in ('pending', 'running', 'paused')`;
  const until = Date.now() + END_LIMIT_MS;
  while ((await countIn(databaseUrl, open, [workspaceId])) > 0) {
    if (Date.now() > until) throw new WrongAnswer(`runs have not ended after ${END_LIMIT_MS / 1000} s`);
    await sleep(10);
  }
}

/** Puts runs into the tables as those stand there that have ended. */
export async function addFinishedRuns({ databaseUrl, workspaceId }: Place, workflowId: string, count: number) {
  await withClient(databaseUrl, async (client) => {
    await client.query(
      `with made as (
         insert into workflow_executions (workspace_id, workflow_id, workflow_version, created_by, status, input_data,
           output_data, total_nodes, completed_nodes, created_at, started_at, completed_at)
         select w.workspace_id, w.id, w.version, w.created_by, 'completed', '{"amount": 21}', '{"result": 43}', $3, $3,
           at, at, at + interval '10 milliseconds'
         from workflows w, lateral (select now() - n * interval '1 second' as at from generate_series(1, $4::int) n) past
         where w.workspace_id = $1 and w.id = $2
         returning id, workspace_id, created_at)
       insert into node_executions (execution_id, workspace_id, execution_order, node_key, node_type, status, output_data,
         output_bytes, started_at, completed_at, duration_ms)
       select id, workspace_id, step, 'node-' || step, 'transform', 'completed', '{"amount": 42}', 13, created_at,
         created_at + interval '1 millisecond', 1
       from made, generate_series(1, $3::int) step`,
      [workspaceId, workflowId, STEPS, count],
    );
    await client.query('analyze workflow_executions, node_executions');
  });
}
