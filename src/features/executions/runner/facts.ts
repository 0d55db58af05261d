import { SECOND } from '../../../core/time.ts';
import type { ExecutionStatus, JsonObject, NodeStatus } from '../../../db/schema/index.ts';
import type { Fault } from '../engine/run-state.ts';
import type { Rest } from './resting.ts';

/** When somebody asks for an execution that has not been heard of. With the sweep of each minute that is two at most. */
export const CHECK_AFTER_MS = 55 * SECOND;

/** Somebody's answer, or another execution, that a node waits for. */
export type OpenWait = { kind: 'approval' | 'callback' | 'call'; id: string };

/** An execution of which all waits: it holds no place, and its nodes are in the journal alone. */
export type Parked = Rest & {
  since: number;
  /** Whether the time of its timeout goes on. */
  countsTime: boolean;
  /** Whether the database knows it. */
  isTold: boolean;
};

/** What changes of an execution. Times are milliseconds since 1970. */
export type RunFacts = {
  executionId: string;
  workflowId: string;
  workflowVersion: number;
  userId: string;
  workflowLimit: number | null;
  concurrencyKey: string | null;
  /** Whether it was the one of its key when somebody paused it, or had it go on. */
  keepsKey?: boolean;
  status: ExecutionStatus;
  priority: number;
  createdAt: number;
  updatedAt: number;
  startedAt: number | null;
  completedAt: number | null;
  timeoutSeconds: number | null;
  timeoutAt: number | null;
  pausedAt: number | null;
  /** When it may begin again, after a failure that another try may mend. */
  notBefore: number | null;
  retryCount: number;
  maxRetries: number;
  autoRetry: boolean;
  /** How often its runner went away while a node of it ran, since a node last ended. */
  crashes: number;
  totalNodes: number;
  completedNodes: number;
  failedNodes: number;
  costUsd: string;
  error: Fault | null;
  isWatched: boolean;
  /** The execution of which this one is a part. */
  parentId: string | null;
  parked: Parked | null;
  /** Whether it has waited, and comes before others that have not begun. */
  isReturning: boolean;
  /** Since when the time of its timeout stands still. */
  stoodSince: number | null;
  /** Whether anything of it has waited for somebody or for another execution. */
  hasWaited: boolean;
  /** When whoever sweeps asks for it. */
  nextCheckAt: number;
};

/** What a node or an execution gave: its text, or where that lies, or nothing. */
export type Value = { text: string | null; objectKey: string | null; bytes: number };

export const NOTHING: Value = { text: null, objectKey: null, bytes: 0 };

/** What became of a node so far. */
export type NodeRow = {
  order: number;
  nodeKey: string;
  iteration: number[];
  status: NodeStatus;
  attempt: number;
  /** The way by which it went on, also where it failed; null for none. */
  port: string | null;
  costUsd: string;
  error: Fault | null;
  startedAt: number | null;
  completedAt: number | null;
  /** When it goes on: it has slept until then, or it is tried again. */
  wakeAt: number | null;
  waitReason: string | null;
  /** Of the nodes that have ended, the how many-th. */
  rank: number | null;
  /** Orders of the nodes whose outputs came in. */
  sources: number[];
  variables: JsonObject | null;
  metadata: JsonObject | null;
  /** For a loop: how many items, of which so many are worked on at once. */
  loop: { count: number; parallelism: number } | null;
  /** What its end is waited for with. */
  wait?: OpenWait | null;
  /** How large its output is, and where it lies if that is not here. */
  bytes: number;
  objectKey: string | null;
};
