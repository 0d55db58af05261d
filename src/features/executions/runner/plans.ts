import type { WorkflowDefinition } from '../../../db/schema/index.ts';
import { effectOf, findNodeType, type NodeEffect } from '../../nodes/index.ts';
import { readDefinition, type DefinitionNode } from '../../workflows/index.ts';
import { compilePlan, type NodeRole, type Plan } from '../engine/plan.ts';
import type { RunSpec } from './types.ts';

/** Nodes of all plans that are kept for the next execution of the same version. */
const KEPT_NODES = 5_000;

/** The plans of workflows, which are the same for every execution of a version. */
export class Plans {
  /** The one used longest ago first. */
  readonly #kept = new Map<string, Plan>();
  #keptNodes = 0;

  /** @throws {PlanError} */
  of({ executionId, workflowId, workflowVersion, definition, origin }: RunSpec): Plan {
    // One that was edited for this execution is no version.
    const isEdited = (origin.restart?.configs ?? origin.restart?.definition) !== undefined;
    const key = isEdited ? executionId : `${workflowId}/${workflowVersion}`;
    const kept = this.#kept.get(key);
    const plan = kept ?? toPlan(definition);
    if (!kept) this.#keptNodes += plan.nodes.size;
    this.#kept.delete(key);
    this.#kept.set(key, plan);
    for (const [oldest, { nodes }] of this.#kept) {
      if (this.#keptNodes <= KEPT_NODES || oldest === key) break;
      this.#kept.delete(oldest);
      this.#keptNodes -= nodes.size;
    }
    return plan;
  }
}

/** @throws {PlanError} */
export const toPlan = (definition: WorkflowDefinition): Plan => compilePlan(readDefinition(definition), roleOf);

export function roleOf({ type, config }: DefinitionNode): NodeRole {
  const found = findNodeType(type);
  return { control: found?.control ?? null, goesWithFirst: found?.control === 'merge' && config['mode'] === 'any' };
}

/** What happens when a node runs twice; one of a kind that there is not does nothing. */
export function effectOfNode({ type, config }: DefinitionNode): NodeEffect {
  const found = findNodeType(type);
  return found ? effectOf(found, config) : 'pure';
}
