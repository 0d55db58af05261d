import { CHECK_AFTER_MS, type RunFacts } from './facts.ts';
import type { RunSpec } from './types.ts';

/** An execution that has not begun. */
export function newFacts(spec: RunSpec, more: Partial<RunFacts> = {}): RunFacts {
  const now = Date.now();
  return {
    executionId: spec.executionId,
    workflowId: spec.workflowId,
    workflowVersion: spec.workflowVersion,
    userId: spec.userId,
    workflowLimit: spec.limits.workflow,
    concurrencyKey: spec.origin.concurrencyKey,
    status: 'pending',
    priority: spec.priority,
    createdAt: spec.createdAt,
    updatedAt: now,
    startedAt: null,
    completedAt: null,
    timeoutSeconds: spec.timeoutSeconds,
    timeoutAt: null,
    pausedAt: null,
    notBefore: null,
    retryCount: 0,
    maxRetries: spec.maxRetries,
    autoRetry: spec.autoRetry,
    crashes: 0,
    totalNodes: spec.definition.nodes.length,
    completedNodes: 0,
    failedNodes: 0,
    costUsd: '0',
    error: null,
    isWatched: false,
    parentId: spec.origin.triggerType === 'workflow' ? spec.origin.parentExecutionId : null,
    parked: null,
    isReturning: false,
    stoodSince: null,
    hasWaited: false,
    // Its row says the same or earlier: see `CHECK_AFTER_S` where it is written.
    nextCheckAt: Math.min(spec.createdAt, now) + CHECK_AFTER_MS - 10_000,
    ...more,
  };
}
