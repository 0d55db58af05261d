import type { ErrorCode } from '../../../../core/errors.ts';
import { DAY, startOfMonth } from '../../../../core/time.ts';
import type { Ctx } from '../../../../context.ts';
import { retryDeadlocks } from '../../../../db/deadlocks.ts';
import { purge } from '../../../../db/purge.ts';
import { findRefusals, type Initiator } from '../../../auth/index.ts';
import { CHECK_AFTER_S, OPEN_LIMIT, tellRunners, type Tidings } from '../../../executions/index.ts';
import { deleteOccurrencesBefore } from '../queries.ts';
import { planOf } from './plan.ts';
import * as queries from './queries.ts';

/** Schedules that one statement starts. */
const PAGE = 250;

/** Orders to cancel that are given again at once. */
const ORDERS = 500;

const REASON = 'A later occurrence of the same schedule was due.';

/**
 * Starts what is due, page by page. What a schedule has to do is worked out from its row as it was read, and one statement
 * carries it out where that still is the row: it notes the occurrences, inserts the executions and moves the schedule on, so
 * that a second run of this, or one that was broken off, finds either all of it done or nothing.
 */
export async function runSchedules(ctx: Ctx, now: Date): Promise<void> {
  await repeatOrders(ctx, now);
  const begun: queries.Started[][] = [];
  const faults: unknown[] = [];
  for (let after: queries.DueSchedule | null = null; ;) {
    const page: queries.DueSchedule[] = await queries.findDue(ctx.db, now, after, PAGE);
    // A page that cannot be carried out keeps none of the others from it.
    const started = await runPage(ctx, page, now).catch((error: unknown) => {
      faults.push(error);
      return [];
    });
    begun.push(started);
    if (page.length < PAGE) break;
    after = page.at(-1)!;
  }
  // Afterwards, so that what begins to run is not in the way of what has not been started.
  for (const started of begun) await tell(ctx, started);
  if (faults.length > 0) throw faults[0];
}

async function runPage(ctx: Ctx, page: queries.DueSchedule[], now: Date): Promise<queries.Started[]> {
  if (page.length === 0) return [];
  const lost = await findLost(ctx, page);
  const plans = page.map((row) => {
    const plan = planOf(row, now);
    return { ...plan, stops: plan.stops ?? lost.get(row.id) ?? null };
  });
  const workspaceIds = [...new Set(page.map(({ workspaceId }) => workspaceId))];
  const limits = { open: OPEN_LIMIT, month: startOfMonth(now), checkAfter: CHECK_AFTER_S };
  // Somebody may be deleting an account or a workspace.
  const [, { rows }] = await retryDeadlocks(() =>
    ctx.db.batch([queries.lockPlans(ctx.db, workspaceIds), queries.carryOut(ctx.db, plans, ctx.requestId, limits)]),
  );
  return rows;
}

/** What keeps people from running workflows, in the words of schedules. */
const LOST: Partial<Record<ErrorCode, string>> = { unauthenticated: 'credentials_gone', not_found: 'not_a_member' };

/** Schedules whose people may not run workflows any more, with the reason. Each person is asked for once. */
async function findLost(ctx: Ctx, page: queries.DueSchedule[]): Promise<Map<string, string>> {
  const people = new Map<string, Initiator>();
  const keyOf = ({ actsFor, accessTokenId, workspaceId }: queries.DueSchedule) =>
    [actsFor, accessTokenId, workspaceId].join();
  for (const row of page) {
    const { actsFor: userId, accessTokenId, workspaceId } = row;
    if (userId !== null) people.set(keyOf(row), { userId, accessTokenId, workspaceId });
  }
  const codes = await findRefusals(ctx, [...people.values()], 'workflows:execute');
  const refusals = new Map([...people.keys()].map((key, at) => [key, codes[at]!]));
  return new Map(
    page.flatMap((row) => {
      const code = row.actsFor === null ? 'unauthenticated' : refusals.get(keyOf(row));
      return code ? [[row.id, LOST[code] ?? code] as const] : [];
    }),
  );
}

async function tell(ctx: Ctx, started: queries.Started[]): Promise<void> {
  const tidings = [...Map.groupBy(started, (row) => row.workspace_id)].map(([workspaceId, rows]): Tidings => ({
    workspaceId,
    cancelled: rows.flatMap((row) => row.cancels ?? []),
    begun: rows.flatMap((row) => row.execution_id ?? []),
  }));
  const told = await tellRunners(ctx, tidings, REASON);
  const done = started.filter((row) => row.cancels && told.has(row.workspace_id));
  if (done.length > 0) await queries.noteOrdersGiven(ctx.db, done);
}

/** Orders to cancel whose runner has not heard them. */
async function repeatOrders(ctx: Ctx, now: Date): Promise<void> {
  await tell(ctx, await queries.findOrders(ctx.db, now, ORDERS));
}

/** As long as one may want to know what became of a schedule. */
const KEPT_MS = 90 * DAY;

/** Deletes what nobody asks for any more. */
export function purgeOccurrences(ctx: Ctx, now: Date): Promise<void> {
  return purge((limit) => deleteOccurrencesBefore(ctx.db, new Date(now.getTime() - KEPT_MS), limit));
}
