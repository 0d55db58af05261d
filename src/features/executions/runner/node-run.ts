import { digestUuid } from '../../../core/ids.ts';
import type { Ctx } from '../../../context.ts';
import { executeNode, findNodeType, NodeError, type NodeMeans, type NodeOutcome } from '../../nodes/index.ts';
import type { Step } from '../engine/run-state.ts';
import type { NodeRow } from './facts.ts';
import { timeoutOf, withTimeout } from './node-timeout.ts';
import { linkOf } from '../waits/link.ts';
import { buildScope, type ScopeSource } from './run-scope.ts';
import type { RunWaits } from './run-waits.ts';
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
  const seen = await buildScope(scope, step, sources);
  if (type.type === 'wait_for_callback') seen.callback = { url: linkOf(ctx.env, waits.idOf(step)) };
  return withTimeout(timeoutOf(node), controller, (signal) =>
    executeNode(type, node.config, {
      ctx,
      scope: seen,
      key: digestUuid(spec.executionId, 'node', node.id, ...row.iteration),
      attempt: row.attempt,
      signal,
      log,
      openWait: (wait) => waits.open(step, wait),
    }),
  );
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
