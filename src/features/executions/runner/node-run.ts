import { seededClock } from '../../../core/expression-clock.ts';
import { digestUuid } from '../../../core/ids.ts';
import type { Ctx } from '../../../context.ts';
import {
  executeNode,
  findNodeType,
  NodeError,
  type NodeMeans,
  type NodeOutcome,
  type NodeScope,
} from '../../nodes/index.ts';
import { stepKey, type Step } from '../engine/run-state.ts';
import type { NodeRow } from './facts.ts';
import { givenInput } from './given-input.ts';
import { timeoutOf, withTimeout } from './node-timeout.ts';
import { linkOf } from '../waits/link.ts';
import { buildScope, type ScopeSource } from './run-scope.ts';
import type { RunWaits } from './run-waits.ts';
import { tapeOf } from './tape.ts';
import type { RunSpec } from './types.ts';

export type NodeRun = {
  step: Step;
  row: NodeRow;
  spec: RunSpec;
  scope: ScopeSource;
  waits: RunWaits;
  sources: NodeRow[];
  controller: AbortController;
  log: NodeMeans['log'];
};

/** One attempt of one node. @throws {NodeError} and whatever the controller was aborted with */
export async function runNode(
  ctx: Ctx,
  { step, row, spec, scope, waits, sources, controller, log }: NodeRun,
): Promise<NodeOutcome> {
  const { node } = step.planned;
  const type = findNodeType(node.type);
  if (!type) throw new NodeError('unknown_type', `There is no node type ${node.type}.`);
  const tape = await tapeOf(ctx, spec);
  const startedAt = row.startedAt ?? Date.now();
  const seen: NodeScope = {
    ...(await buildScope(scope, step, sources)),
    ...givenInput(spec, node.id),
    // Of every attempt the same, and of every repetition of the execution.
    clock: seededClock(startedAt, spec.executionId, node.id, ...row.iteration),
  };
  if (type.type === 'wait_for_callback') seen.callback = { url: linkOf(ctx.env, waits.idOf(step)) };
  return withTimeout(timeoutOf(node), controller, (signal) => {
    const means: NodeMeans = {
      ctx,
      scope: tape ? tape.scopeOf(seen, row) : seen,
      isOutside: spec.isOutside,
      key: digestUuid(spec.executionId, 'node', stepKey(node.id, row.iteration)),
      attempt: row.attempt,
      signal,
      log,
      openWait: (wait) => waits.open(step, wait),
    };
    return tape ? tape.run(type, node.config, means, row) : executeNode(type, node.config, means);
  });
}

/** What all nodes of an execution see alike. */
export const factsOfScope = (
  { input, context, executionId, workflowId, userId }: RunSpec,
  variables: Record<string, unknown>,
  startedAt: number | null,
): ScopeSource['facts'] => ({
  trigger: input,
  context,
  variables,
  execution: {
    id: executionId,
    workflow_id: workflowId,
    user_id: userId,
    started_at: new Date(startedAt ?? Date.now()).toISOString(),
  },
});
