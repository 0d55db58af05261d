import { digestUuid } from '../../core/ids.ts';
import type { ExecutionStatus } from '../../db/schema/index.ts';
import type { ChannelEvent, ChannelEventType } from '../../platform/realtime/events.ts';
import type { LiveExecution, LiveLog, LiveNode } from './runner/types.ts';

/** What an event holds of an output; the whole of it is fetched. A channel keeps a hundred of them. */
export const RESULT_BYTES = 8 * 1024;

/** Of a message; more of it stands in the log. */
const MESSAGE_LENGTH = 4_000;

/** How things stand with a part of an execution. */
export type Step =
  | { kind: 'execution'; execution: ExecutionState }
  | { kind: 'node'; node: NodeState }
  | { kind: 'log'; log: Omit<LiveLog, 'iteration' | 'context'> };

type Fault = { code: string; message: string };

type ExecutionState = Pick<
  LiveExecution,
  'status' | 'totalNodes' | 'completedNodes' | 'failedNodes' | 'currentNode' | 'startedAt' | 'completedAt' | 'updatedAt'
> & {
  workflowId: string | null;
  output: unknown;
  isOutputOmitted?: boolean;
  error: (Fault & { nodeKey: string | null }) | null;
};

type NodeState = Pick<
  LiveNode,
  | 'executionOrder'
  | 'nodeKey'
  | 'nodeType'
  | 'iteration'
  | 'status'
  | 'attempt'
  | 'output'
  | 'outputBytes'
  | 'startedAt'
  | 'completedAt'
> & { error: Fault | null };

export type Run = { executionId: string; userId: string | null; retryCount: number };

/** Whether an execution has come to an end, from which only a retry leads on. */
export const isEnded = (status: ExecutionStatus): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'timeout';

/** The events after which nothing comes but a retry. */
export const LAST_EVENTS = ['execution_completed', 'execution_failed', 'execution_cancelled'] as const;

const lastEventOf = (status: ExecutionStatus): (typeof LAST_EVENTS)[number] => {
  if (status === 'completed' || status === 'cancelled') return `execution_${status}`;
  return 'execution_failed';
};

/** The id of the event that tells that an execution has ended like this. */
export const endEventId = ({ executionId, retryCount }: Omit<Run, 'userId'>, status: ExecutionStatus): string =>
  digestUuid(executionId, lastEventOf(status), retryCount);

/**
 * Everything that must have happened for things to stand like this. Its ids say what it is, so that whoever has told a
 * part of it tells the rest by telling all of it, and so that it is the same from the runner and from the database.
 */
export function toEvents(run: Run, step: Step): ChannelEvent[] {
  switch (step.kind) {
    case 'execution':
      return executionEvents(run, step.execution);
    case 'node':
      return nodeEvents(run, step.node);
    case 'log':
      return [logEvent(run, step.log)];
  }
}

function executionEvents(run: Run, execution: ExecutionState): ChannelEvent[] {
  const { startedAt, workflowId } = execution;
  const events: ChannelEvent[] = [];
  if (startedAt !== null) {
    const data = { workflow_id: workflowId, started_at: iso(startedAt) };
    events.push(happened(run, 'execution_started', startedAt, data, run.retryCount));
  }
  events.push(isEnded(execution.status) ? endEvent(run, execution) : progressEvent(run, execution));
  return events;
}

function progressEvent(run: Run, execution: ExecutionState): ChannelEvent {
  const { status, completedNodes, failedNodes, totalNodes, currentNode, updatedAt } = execution;
  const ended = completedNodes + failedNodes;
  const data = {
    status,
    progress: totalNodes === 0 ? 0 : Math.min(100, Math.floor((100 * ended) / totalNodes)),
    current_node: currentNode,
    completed_nodes: completedNodes,
    total_nodes: totalNodes,
  };
  return happened(run, 'execution_progress', updatedAt, data, run.retryCount, status, ended, currentNode ?? '');
}

function endEvent(run: Run, execution: ExecutionState): ChannelEvent {
  const { status, output, isOutputOmitted, error, updatedAt } = execution;
  const at = execution.completedAt ?? updatedAt;
  if (status === 'completed') {
    const data = { completed_at: iso(at), ...toResult(output, isOutputOmitted ?? bytesOf(output) > RESULT_BYTES) };
    return happened(run, 'execution_completed', at, data, run.retryCount);
  }
  if (status === 'cancelled') {
    const data = { cancelled_at: iso(at), reason: error?.message.slice(0, MESSAGE_LENGTH) ?? null };
    return happened(run, 'execution_cancelled', at, data, run.retryCount);
  }
  const data = { ...toFault(error, at, status), status, node_id: error?.nodeKey ?? null };
  return happened(run, 'execution_failed', at, data, run.retryCount);
}

function nodeEvents(run: Run, node: NodeState): ChannelEvent[] {
  const { status, executionOrder, nodeType, attempt, iteration, startedAt, completedAt } = node;
  // What a retry does again begins at another time.
  const id = [executionOrder, attempt, startedAt ?? completedAt ?? 0];
  const tell = <T extends ChannelEventType>(type: T, at: number, data: ChannelEvent<T>['data']) =>
    happened({ ...run, nodeKey: node.nodeKey }, type, at, data, ...id);
  const events: ChannelEvent[] = [];
  if (startedAt !== null && status !== 'skipped') {
    const data = { node_type: nodeType, started_at: iso(startedAt), attempt, iteration };
    events.push(tell('node_started', startedAt, data));
  }
  const at = completedAt ?? startedAt ?? 0;
  if (status === 'completed') {
    const took = startedAt === null || completedAt === null ? null : completedAt - startedAt;
    const data = {
      completed_at: iso(at),
      execution_time_ms: took,
      ...toResult(node.output, node.outputBytes > RESULT_BYTES),
      iteration,
    };
    events.push(tell('node_completed', at, data));
  }
  if (status === 'failed') events.push(tell('node_failed', at, { ...toFault(node.error, at, status), iteration }));
  if (status === 'skipped') events.push(tell('node_skipped', at, { node_type: nodeType, iteration }));
  return events;
}

function logEvent(
  run: Run,
  { seq, level, nodeKey, message, loggedAt }: Omit<LiveLog, 'iteration' | 'context'>,
): ChannelEvent {
  const data = { level, message: message.slice(0, MESSAGE_LENGTH), timestamp: iso(loggedAt) };
  return happened({ ...run, nodeKey }, 'log_message', loggedAt, data, seq);
}

function happened<T extends ChannelEventType>(
  { executionId, userId, nodeKey = null }: Run & { nodeKey?: string | null },
  type: T,
  happenedAt: number,
  data: ChannelEvent<T>['data'],
  ...ids: (string | number)[]
): ChannelEvent<T> {
  const subject = { execution_id: executionId, node_id: nodeKey, user_id: userId };
  return { type, eventId: digestUuid(executionId, type, ...ids), happenedAt, subject, data };
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

const toResult = (value: unknown, isOmitted: boolean) => ({
  result: isOmitted ? null : (value ?? null),
  result_omitted: isOmitted,
});

const toFault = (error: Fault | null, at: number, status: string) => ({
  failed_at: iso(at),
  error: error?.message.slice(0, MESSAGE_LENGTH) ?? status,
  error_code: error?.code ?? status,
});

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();
