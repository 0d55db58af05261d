import type { NodeScope } from '../../nodes/index.ts';
import type { Plan, PlannedNode } from '../engine/plan.ts';
import { stepKey, type Step } from '../engine/run-state.ts';
import type { NodeRow } from './facts.ts';
import type { Values } from './values.ts';

/** The rows of an execution by node and iteration. */
export type Rows = ReadonlyMap<string, NodeRow>;

/** Where a node has its input from: nodes by their ids, in the order of the ways that lead to it. */
export function sourcesOf(
  rows: Rows,
  { planned, frame }: { planned: PlannedNode; frame: Pick<Step['frame'], 'iteration'> },
): NodeRow[] {
  const sources = new Map<string, NodeRow>();
  for (const { from, fromPort } of planned.incoming) {
    const row = rows.get(stepKey(from.node.id, frame.iteration));
    if (row && row.rank !== null && row.port === fromPort) sources.set(row.nodeKey, row);
  }
  return [...sources.values()];
}

/** How many loops are around a node. */
export function depthOf(planned: PlannedNode): number {
  let depth = 0;
  for (let loop = planned.scope.loop; loop; loop = loop.scope.loop) depth += 1;
  return depth;
}

export type ScopeSource = {
  runId: string;
  plan: Plan;
  rows: Rows;
  values: Values;
  facts: Omit<NodeScope, 'input' | 'inputs' | 'nodes' | 'item' | 'index' | 'execution'> & {
    execution: Omit<NodeScope['execution'], 'node_id'>;
  };
  /** The items of a loop that is under way. */
  itemsOf: (loopKey: string) => readonly unknown[];
};

/** What a node sees. Outputs of nodes that its configuration does not speak of are not read. */
export async function buildScope(source: ScopeSource, step: Step, inputs: NodeRow[]): Promise<NodeScope> {
  const { planned, frame } = step;
  const { runId, values, facts } = source;
  const given: [string, unknown][] = [];
  for (const row of inputs) given.push([row.nodeKey, await values.read(runId, row)]);
  const byId: Record<string, unknown> = Object.fromEntries(given);
  const inLoop = frame.loop ? itemOf(source, step) : {};
  const input = given.length === 1 ? given[0]![1] : given.length > 1 ? byId : undefined;
  return {
    ...facts,
    input: inputs.length > 0 ? input : frame.loop ? inLoop.item : facts.trigger,
    inputs: byId,
    nodes: await readNodes(source, step),
    execution: { ...facts.execution, node_id: planned.node.id },
    ...inLoop,
  };
}

function itemOf({ itemsOf }: ScopeSource, { frame }: Step): { item?: unknown; index?: number } {
  const index = frame.iteration.at(-1)!;
  const loopKey = stepKey(frame.scope.loop!.node.id, frame.iteration.slice(0, -1));
  return { item: itemsOf(loopKey)[index], index };
}

/** Of nodes in a loop, those of the same iteration; of nodes around it, the one there is. */
async function readNodes({ runId, plan, rows, values }: ScopeSource, step: Step): Promise<NodeScope['nodes']> {
  const nodes: [string, { output: unknown }][] = [];
  for (const id of step.planned.references ?? plan.nodes.keys()) {
    const planned = plan.nodes.get(id);
    const row = planned && rows.get(stepKey(id, step.frame.iteration.slice(0, depthOf(planned))));
    if (!row || row.rank === null) continue;
    if (row.objectKey !== null) {
      nodes.push([id, { output: await values.read(runId, row) }]);
    } else {
      const late = {
        get output() {
          const output = values.readHere(runId, row);
          Object.defineProperty(this, 'output', { value: output, enumerable: true });
          return output;
        },
      };
      nodes.push([id, late]);
    }
  }
  // Also a node that is called `__proto__` is one of them.
  return Object.fromEntries(nodes);
}
