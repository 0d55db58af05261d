import { AppError } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { toRefusal } from '../../../db/refusals.ts';
import { NodeError, type WorkflowCall } from '../../nodes/index.ts';
import { isEnded } from '../events.ts';
import { loadStored } from '../record/load.ts';
import { CHECK_AFTER_S, recordExecution } from '../start/start-execution.ts';
import { findChild, mayBeNamed } from '../waits/queries.ts';
import type { Desk } from './desk.ts';
import { newFacts } from './new-facts.ts';
import type { Settled } from './run-waits.ts';
import type { RunSpec } from './types.ts';

/** How many workflows may run one inside another. */
export const DEPTH_LIMIT = 10;

const WAIT_FOR_ROOM_MS = 10_000;

type Place = { id: string; nodeKey: string };

/**
 * Starts a workflow as a part of an execution, in the same runner: its row first, under an id that is made of where it is
 * called, so that it begins once. It reads no more of the user's variables than the one that calls it.
 * @throws {NodeError}
 */
export async function startChild(
  desk: Desk,
  ctx: Ctx,
  parent: RunSpec,
  { id, nodeKey }: Place,
  call: WorkflowCall,
): Promise<void> {
  if (desk.facts.has(id)) return;
  const depth = parent.origin.depth + 1;
  if (depth > DEPTH_LIMIT) {
    const message = `Workflows run at most ${DEPTH_LIMIT} deep one inside another.`;
    throw new NodeError('too_deep', message, { details: { limit: DEPTH_LIMIT } });
  }
  const { workflowId } = call;
  const isNamed =
    !parent.isForeign || (await mayBeNamed(ctx.db, parent.workspaceId, { by: parent.workflowId, workflowId }));
  if (!isNamed) throw notFound(workflowId);
  const wanted = {
    workflowId,
    version: call.version,
    priority: parent.priority,
    inputData: call.input,
    contextData: null,
    variables: null,
    grantedVariables: parent.isForeign
      ? call.grants.filter((name) => parent.grantedVariables.includes(name))
      : call.grants,
    isConfined: parent.isForeign,
    origin: {
      triggerType: 'workflow' as const,
      triggerId: null,
      parentExecutionId: parent.executionId,
      parentNodeKey: nodeKey,
      rootExecutionId: parent.origin.rootExecutionId ?? parent.executionId,
      depth,
      restart: null,
      concurrencyKey: null,
    },
    timeoutSeconds: call.timeoutSeconds,
    autoRetry: false,
    maxRetries: 3,
    notifyOnCompletion: false,
    notifyOnFailure: false,
    tags: [],
    metadata: null,
    checkAfter: CHECK_AFTER_S,
  };
  const spec = await recordExecution(ctx, wanted, id).catch((error: unknown) => {
    throw toNodeError(error, workflowId);
  });
  // One that was recorded before and never came here begins now.
  const [stored] = spec ? [] : await loadStored(desk.ctx, parent.workspaceId, [id]);
  if (desk.facts.has(id)) return;
  const found = spec ?? (stored && !isEnded(stored.row.status) && stored.row.started_at_ms === null && stored.spec);
  if (found) desk.take(found, newFacts(found));
}

const notFound = (workflowId: string) =>
  new NodeError('workflow_not_found', `There is no workflow ${workflowId} here, or no such version of it.`);

function toNodeError(error: unknown, workflowId: string): unknown {
  // What the database refuses comes as its error.
  const refusal = error instanceof AppError ? error : toRefusal(error);
  if (!refusal) return error;
  if (refusal.code === 'not_found') return notFound(workflowId);
  if (refusal.code === 'queue_full') {
    return new NodeError('queue_full', 'As many executions are open as may be.', {
      isRetryable: true,
      retryAfterMs: WAIT_FOR_ROOM_MS,
      waitReason: 'workspace_limit',
    });
  }
  return refusal;
}

type End = Pick<NonNullable<Awaited<ReturnType<typeof findChild>>>, 'status' | 'workflow_id' | 'cost_usd'> & {
  error: { code: string; message: string; nodeKey: unknown } | null;
};

/** What came of one that was called; null for one that has not ended. @throws {NodeError} where it has come to nothing */
export async function settleChild(desk: Desk, workspaceId: string, id: string): Promise<Settled | null> {
  const facts = desk.facts.get(id);
  if (facts) {
    if (!isEnded(facts.status)) return null;
    const { status, workflowId, costUsd, error } = facts;
    const value = desk.journal.outputOf(id);
    return toSettled(
      id,
      { status, workflow_id: workflowId, cost_usd: costUsd, error },
      await readOutput(desk, value?.text ?? null, value?.objectKey ?? null),
    );
  }
  const row = await findChild(desk.ctx.db, workspaceId, id);
  if (!row) throw new NodeError('sub_workflow_gone', `The execution ${id} is gone.`, { details: { execution_id: id } });
  if (!isEnded(row.status)) return null;
  const { code, node_id: nodeKey } = row.error_details ?? {};
  const error =
    row.error_message === null ? null : { code: String(code ?? row.status), message: row.error_message, nodeKey };
  return toSettled(id, { ...row, error }, await readOutput(desk, row.output, row.output_object_key));
}

async function readOutput(desk: Desk, text: string | null, objectKey: string | null): Promise<unknown> {
  const json = objectKey === null ? text : await desk.values.readObject(objectKey);
  return json === null ? null : JSON.parse(json);
}

/** What it cost is counted with it, and told here. */
function toSettled(id: string, { status, workflow_id: workflowId, cost_usd: costUsd, error }: End, output: unknown) {
  const metadata = { execution_id: id, workflow_id: workflowId, cost_usd: costUsd };
  if (status === 'completed') return { port: 'output', output, metadata };
  const said = error ? `: ${error.message}` : '.';
  throw new NodeError(`sub_workflow_${status}`, `The execution of the sub-workflow ended as ${status}${said}`, {
    details: {
      ...metadata,
      status,
      error: error && { code: error.code, message: error.message, node_id: error.nodeKey },
    },
  });
}
