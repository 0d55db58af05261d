import type { Ctx } from '../../../context.ts';
import { SECOND } from '../../../core/time.ts';
import { countAll, type ExecutionCounts } from './queries.ts';

/** For so long the counts are good enough. */
const KEEP_MS = 5 * SECOND;

let counted: { until: number; counts: Promise<ExecutionCounts> } | null = null;

/** How many executions there are on the platform, counted once in some seconds, however many ask. */
export function countExecutions(ctx: Ctx): Promise<ExecutionCounts> {
  if (counted && counted.until > Date.now()) return counted.counts;
  const counts = countAll(ctx.db);
  const entry = (counted = { until: Date.now() + KEEP_MS, counts });
  counts.catch(() => {
    if (counted === entry) counted = null;
  });
  return counts;
}
