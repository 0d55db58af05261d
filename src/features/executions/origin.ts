import type { Restart, TriggerType, WorkflowDefinition } from '../../db/schema/index.ts';
import { withConfigs } from '../workflows/index.ts';

/** What has an execution begin, and the execution that it comes from. */
export type Origin = {
  triggerType: TriggerType;
  /** The schedule, webhook or event trigger. */
  triggerId: string | null;
  parentExecutionId: string | null;
  /** The node of the parent that runs it. */
  parentNodeKey: string | null;
  /** The first of its line. */
  rootExecutionId: string | null;
  /** How many workflows run one inside another down to this one. */
  depth: number;
  restart: Restart | null;
  /** Of those of a workspace with the same one, one runs at a time. */
  concurrencyKey: string | null;
};

/** Somebody has asked for it. */
export const BY_REQUEST: Origin = {
  triggerType: 'manual',
  triggerId: null,
  parentExecutionId: null,
  parentNodeKey: null,
  rootExecutionId: null,
  depth: 0,
  restart: null,
  concurrencyKey: null,
};

/** What runs: a version with the fields that were edited for this execution, or what was given in place of one. */
export const effectiveDefinition = (version: WorkflowDefinition, restart: Restart | null): WorkflowDefinition =>
  withConfigs(restart?.definition ?? version, restart?.configs);

/** Whether somebody else than whoever starts it has written what runs. @param isForeign whether they have the version */
export function isWrittenByOthers(isForeign: boolean, restart: Restart | null): boolean {
  if (restart?.definition) return false;
  return isForeign || restart?.isForeign === true;
}
