import type { ApiAnswer, Client } from './api.ts';
import { eventually } from './eventually.ts';
import { createWorkflow } from './workflows.ts';

export const EXECUTIONS = '/api/v1/executions';

export const executionPath = (id: string, rest = '') => `${EXECUTIONS}/${id}${rest}`;

export const ENDED = ['completed', 'failed', 'cancelled', 'timeout'];

/** Starts a workflow, and waits for its end as long as an answer may be held back. */
export const executeAndWait = (client: Client, workflowId: string, input: object = {}): Promise<ApiAnswer> =>
  client.post(`/api/v1/workflows/${workflowId}/execute`, input, { headers: { Prefer: 'wait=30' } });

/** Starts a workflow and gives the id of its execution. */
export async function execute(client: Client, workflowId: string, input: object = {}): Promise<string> {
  const { status, body } = await client.post(`/api/v1/workflows/${workflowId}/execute`, input);
  if (status !== 200) throw new Error(`could not execute: ${JSON.stringify(body)}`);
  return body.execution_id;
}

/** Makes a workflow of a definition and starts it. */
export async function executeDefinition(client: Client, definition: object, input: object = {}): Promise<string> {
  return execute(client, (await createWorkflow(client, { definition })).id, input);
}

/** An execution as it is answered, once it is one of these. */
export const executionIn = (client: Client, id: string, ...statuses: string[]): Promise<any> =>
  eventually(async () => {
    const { body } = await client.get(executionPath(id));
    return statuses.includes(body.status) && body;
  });

/** A trigger, then one node of that type. */
export const single = (type: string, config: object, more: object = {}) => ({
  nodes: [
    { id: 'start', type: 'manual' },
    { id: 'only', type, config, ...more },
  ],
  connections: [{ id: 'c', from: 'start', to: 'only' }],
});

/** What takes so long that tests find it in the middle. */
export const SLEEP = single('delay', { seconds: 600 });
