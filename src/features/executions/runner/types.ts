import type { ExecutionStatus, JsonObject, NodeStatus, WorkflowDefinition } from '../../../db/schema/index.ts';
import type { NodeLogLevel, WaitReason } from '../../nodes/index.ts';
import type { Origin } from '../origin.ts';

/** What a runner needs to run an execution: its row, and the definition of its version. */
export type RunSpec = {
  executionId: string;
  workspaceId: string;
  workflowId: string;
  workflowVersion: number;
  /** Whether somebody else wrote that version, who gets none of the starter's variables and keys unless they are granted. */
  isForeign: boolean;
  /** Whether the workflow is one of another workspace, which runs as it is shown here and reaches nobody but the starter. */
  isOutside: boolean;
  definition: WorkflowDefinition;
  userId: string;
  accessTokenId: string | null;
  requestId: string | null;
  priority: number;
  input: JsonObject;
  context: JsonObject;
  variables: JsonObject;
  grantedVariables: string[];
  origin: Origin;
  timeoutSeconds: number | null;
  autoRetry: boolean;
  maxRetries: number;
  notifyOnCompletion: boolean;
  notifyOnFailure: boolean;
  createdAt: number;
  limits: {
    workspace: number;
    workflow: number | null;
    isPaused: boolean;
    isEngineRunning: boolean;
  };
};

/** An execution as its runner knows it, which is before the database does. Times are milliseconds since 1970. */
export type LiveExecution = {
  executionId: string;
  workflowId: string;
  status: ExecutionStatus;
  priority: number;
  totalNodes: number;
  completedNodes: number;
  failedNodes: number;
  currentNode: string | null;
  createdAt: number;
  startedAt: number | null;
  completedAt: number | null;
  updatedAt: number;
  output: unknown;
  /** Where the output lies, if it is too large for a row. */
  outputObjectKey: string | null;
  error: { code: string; message: string; nodeKey: string | null; details: JsonObject } | null;
  costUsd: string;
  retryCount: number;
  /** Why it does not go on, and when it is expected to; null where it does. */
  waits: { reason: WaitReason; until: number | null; position: number | null } | null;
  /** Whether all of it waits, and it holds no place. */
  isParked: boolean;
};

export type LiveNode = {
  /** As the database will have it. */
  id: string;
  executionOrder: number;
  nodeKey: string;
  nodeType: string;
  nodeName: string | null;
  iteration: number[];
  status: NodeStatus;
  attempt: number;
  maxRetries: number;
  retryDelayMs: number;
  timeoutSeconds: number | null;
  port: string | null;
  input: unknown;
  output: unknown;
  config: JsonObject;
  inputBytes: number;
  outputBytes: number;
  inputObjectKey: string | null;
  outputObjectKey: string | null;
  costUsd: string;
  error: { code: string; message: string; details: JsonObject } | null;
  startedAt: number | null;
  completedAt: number | null;
  dependencies: string[];
  dependents: string[];
  metadata: JsonObject | null;
};

export type LiveLog = {
  seq: number;
  level: NodeLogLevel;
  nodeKey: string | null;
  iteration: number[];
  message: string;
  context: JsonObject | null;
  loggedAt: number;
};

export type ControlAction = 'start' | 'pause' | 'resume' | 'cancel' | 'retry';

/** What came of an order: the execution as it is then, or why it cannot be. */
export type Controlled =
  | { execution: LiveExecution }
  | { refusal: 'not_found' | 'not_possible' | 'retries_used_up'; status: ExecutionStatus | null };

/**
 * All executions of a workspace that its runner has: those that have begun, those that wait in the order in which they
 * will begin, and those that have ended and are not recorded as such yet. Of those that wait for long, how many.
 */
export type QueueState = {
  running: LiveExecution[];
  waiting: LiveExecution[];
  ended: LiveExecution[];
  /** Those that hold no place; the database knows them as they are. */
  parked: number;
  limit: number;
};
