import type { Client } from './api.ts';
import { definition, transform, trigger } from './executions.ts';
import { createWorkflow, workflowPath } from './workflows.ts';

/** What says which version of itself it is. */
export const saying = (number: number) => definition({ start: trigger, say: transform(`{ "says": ${number} }`) });

export const saveVersion = (client: Client, id: string, number: number) =>
  client.put(workflowPath(id), { definition: saying(number) });

/** A workflow with so many versions, the last of which is its draft. */
export async function createVersions(client: Client, count: number, more: object = {}): Promise<string> {
  const { id } = await createWorkflow(client, { definition: saying(1), ...more });
  for (let number = 2; number <= count; number++) await saveVersion(client, id, number);
  return id;
}
