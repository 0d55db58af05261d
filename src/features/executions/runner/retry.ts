import type { Plan } from '../engine/plan.ts';
import { stepKey } from '../engine/run-state.ts';
import type { NodeRow, RunFacts } from './facts.ts';

/** The execution begins once more where it is; what it has done, it has done. */
export function resetFacts(facts: RunFacts, notBefore: number | null): void {
  Object.assign(facts, {
    status: 'pending',
    retryCount: facts.retryCount + 1,
    completedAt: null,
    timeoutAt: null,
    pausedAt: null,
    error: null,
    crashes: 0,
    keepsKey: false,
    notBefore,
    updatedAt: Date.now(),
  } satisfies Partial<RunFacts>);
}

/**
 * What stays of an execution that begins once more: nodes that have ended by some way, and loops with the items that they
 * had begun with. What failed or was passed over is done again; inside of loops that are done, nothing is.
 */
export function keptRows(plan: Plan, rows: NodeRow[]): NodeRow[] {
  const byKey = new Map(rows.map((row) => [stepKey(row.nodeKey, row.iteration), row]));
  return rows.flatMap((row) => {
    if (row.rank !== null && row.port !== null) return [row];
    const isOpenLoop = row.loop !== null && row.status !== 'retry';
    if (isOpenLoop)
      return [{ ...row, status: 'running' as const, rank: null, port: null, error: null, completedAt: null }];
    return isInDoneLoop(plan, byKey, row) ? [row] : [];
  });
}

function isInDoneLoop(plan: Plan, rows: Map<string, NodeRow>, { nodeKey, iteration }: NodeRow): boolean {
  let loop = plan.nodes.get(nodeKey)?.scope.loop ?? null;
  for (let depth = iteration.length - 1; loop && depth >= 0; depth--) {
    const row = rows.get(stepKey(loop.node.id, iteration.slice(0, depth)));
    if (row && row.rank !== null && row.port !== null) return true;
    loop = loop.scope.loop;
  }
  return false;
}
