import type { WorkflowDefinition } from '../../../db/schema/index.ts';
import { effectOf, findNodeType, type NodeEffect } from '../../nodes/index.ts';
import { readDefinition, type DefinitionNode } from '../../workflows/index.ts';
import { compilePlan, type NodeRole, type Plan } from '../engine/plan.ts';
import type { RunSpec } from './types.ts';

/** Plans that are kept for the next execution of the same version, if they are not large. */
const KEPT_PLANS = 50;
const KEPT_NODES = 200;

/** The plans of workflows, which are the same for every execution of a version. */
export class Plans {
  readonly #kept = new Map<string, Plan>();

  /** @throws {PlanError} */
  of({ executionId, workflowId, workflowVersion, definition, origin }: RunSpec): Plan {
    // One that was edited for this execution is no version.
    const isEdited = (origin.restart?.configs ?? origin.restart?.definition) !== undefined;
    const key = isEdited ? executionId : `${workflowId}/${workflowVersion}`;
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const plan = toPlan(definition);
    if (plan.nodes.size <= KEPT_NODES) this.#kept.set(key, plan);
    if (this.#kept.size > KEPT_PLANS) this.#kept.delete(this.#kept.keys().next().value!);
    return plan;
  }
}

/** @throws {PlanError} */
export const toPlan = (definition: WorkflowDefinition): Plan => compilePlan(readDefinition(definition), roleOf);

function roleOf({ type, config }: DefinitionNode): NodeRole {
  const found = findNodeType(type);
  return { control: found?.control ?? null, goesWithFirst: found?.control === 'merge' && config['mode'] === 'any' };
}

/** What happens when a node runs twice; one of a kind that there is not does nothing. */
export function effectOfNode({ type, config }: DefinitionNode): NodeEffect {
  const found = findNodeType(type);
  return found ? effectOf(found, config) : 'pure';
}
