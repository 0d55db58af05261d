import type { Client } from './api.ts';

export const WORKFLOWS = '/api/v1/workflows';

export const workflowPath = (id: string, rest = '') => `${WORKFLOWS}/${id}${rest}`;

/** Makes a workflow through the API and gives it as it is answered. */
export async function createWorkflow(client: Client, more: object = {}, workspaceId?: string): Promise<any> {
  const headers: Record<string, string> = workspaceId === undefined ? {} : { 'X-Workspace-Id': workspaceId };
  const { status, body } = await client.post(WORKFLOWS, { name: 'A workflow', ...more }, { headers });
  if (status !== 200) throw new Error(`could not make a workflow: ${JSON.stringify(body)}`);
  return body;
}

/** A definition of one node after another: a trigger, and what sets the variable of each name to its place. */
export const steps = (...ids: string[]) => ({
  nodes: [
    { id: 'start', type: 'trigger' },
    ...ids.map((id, at) => ({ id, type: 'set', config: { values: { [id]: at } } })),
  ],
  connections: ids.map((to, at) => ({ id: `c${at}`, from: ids[at - 1] ?? 'start', to })),
});
