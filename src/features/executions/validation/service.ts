import { requireWorkspace } from '../../../core/actor.ts';
import type { JsonObject } from '../../../db/schema/index.ts';
import type { Ctx } from '../../../context.ts';
import { checkWorkflow } from '../../workflows/index.ts';
import { findDuration } from './queries.ts';
import type { WorkflowValidation } from './schemas.ts';

/** Executions that tell how long another one will take. */
const LATEST = 20;

/** Whether a workflow would run with these variables, in the form of older clients. @throws {AppError} `not_found` */
export async function validateWorkflow(
  ctx: Ctx,
  workflowId: string,
  variables: JsonObject,
): Promise<WorkflowValidation> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const found = await checkWorkflow(ctx, workflowId, { variables });
  return {
    is_valid: found.is_valid,
    errors: found.errors.map(toText),
    warnings: found.warnings.map(toText),
    estimated_duration_seconds: await findDuration(ctx.db, workspaceId, workflowId, LATEST),
    total_nodes: found.total_nodes,
    required_variables: found.required_variables,
    optional_variables: found.optional_variables,
    dependencies: found.dependencies,
  };
}

function toText(fault: { node_id: string | null; field: string | null; message: string }): string {
  const node = fault.node_id === null ? [] : [`node ${JSON.stringify(fault.node_id)}`];
  const field = fault.field === null ? [] : [`field ${JSON.stringify(fault.field)}`];
  return [[...node, ...field].join(', '), fault.message].filter(Boolean).join(': ');
}
