import type { BatchItem } from 'drizzle-orm/batch';
import type { Ctx } from '../../../context.ts';
import type { RunFacts } from '../runner/facts.ts';
import type { RunSpec } from '../runner/types.ts';

/** What is written to whoever started an execution and wanted to know how it ends. */
export async function lettersOf(_ctx: Ctx, _spec: RunSpec, _facts: RunFacts): Promise<BatchItem<'pg'>[]> {
  return [];
}
