import { requireUser } from '../../../core/actor.ts';
import { toPointer } from '../../../core/json-pointer.ts';
import type { Ctx } from '../../../context.ts';
import { loadVariables } from '../../user-variables/index.ts';
import type { Fault } from '../definition/fault.ts';
import type { WrittenDefinition } from '../definition/read-definition.ts';
import { validateDefinition } from '../definition/validate-definition.ts';
import { requireWorkflow } from '../workflows/service/read.ts';
import type { DefinitionCheck, DefinitionValidation, VariablesGiven } from './schemas.ts';

/** Everything that is wrong with a definition, for whoever would run it with these variables and their own. */
export function checkDefinition(ctx: Ctx, { definition, variables }: DefinitionCheck): Promise<DefinitionValidation> {
  return check(ctx, definition, variables, false);
}

/** The same for a workflow. One that somebody else wrote sees only the variables that it is given. @throws {AppError} `not_found` */
export async function checkWorkflow(
  ctx: Ctx,
  workflowId: string,
  given: VariablesGiven,
): Promise<DefinitionValidation> {
  const workflow = await requireWorkflow(ctx, workflowId);
  const isOthers = (workflow.updatedBy ?? workflow.createdBy) !== requireUser(ctx.actor).id;
  return check(ctx, workflow.definition, given.variables, isOthers);
}

async function check(
  ctx: Ctx,
  definition: WrittenDefinition,
  given: Record<string, unknown> = {},
  isOthers: boolean,
): Promise<DefinitionValidation> {
  const known = new Set(Object.keys(given));
  const { requiredVariables } = validateDefinition(definition);
  const open = requiredVariables.filter((name) => !known.has(name));
  const own = isOthers ? [] : (await loadVariables(ctx, open)).keys();
  return present(validateDefinition(definition, { variables: new Set([...known, ...own]) }));
}

const present = (validation: ReturnType<typeof validateDefinition>): DefinitionValidation => ({
  is_valid: validation.isValid,
  errors: validation.errors.map(presentFault),
  warnings: validation.warnings.map(presentFault),
  is_truncated: validation.isTruncated,
  total_nodes: validation.totalNodes,
  required_variables: validation.requiredVariables,
  optional_variables: validation.optionalVariables,
  dependencies: validation.dependencies,
});

export const presentFault = ({ severity, code, nodeId, field, message, path }: Fault) => ({
  severity,
  code,
  node_id: nodeId,
  field,
  message,
  pointer: toPointer(path),
});
