import type { Ctx } from '../../../context.ts';
import { checkDefinition } from '../validation/service.ts';
import type { WorkflowCreate } from '../workflows/schemas.ts';
import { createWorkflow, showCreated } from '../workflows/service/create.ts';
import type { WorkflowImported } from './schemas.ts';

/** Makes a workflow of what was read, and tells what is to be done before it runs. @throws {AppError} as createWorkflow */
export async function importWorkflow(ctx: Ctx, input: WorkflowCreate): Promise<WorkflowImported> {
  const workflow = await createWorkflow(ctx, input);
  return { workflow, validation: await checkDefinition(ctx, { definition: workflow.definition }) };
}

/** The same of one that was imported before; null where it is gone. */
export async function showImported(ctx: Ctx, workflowId: string): Promise<WorkflowImported | null> {
  const workflow = await showCreated(ctx, workflowId);
  return workflow && { workflow, validation: await checkDefinition(ctx, { definition: workflow.definition }) };
}
