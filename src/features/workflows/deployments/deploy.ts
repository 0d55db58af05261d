import type { BatchItem } from 'drizzle-orm/batch';
import { requireUser } from '../../../core/actor.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { batchClaimed, isClaimedAlready } from '../../../db/claims.ts';
import { violatesUnique } from '../../../db/errors.ts';
import { refuseUnless } from '../../../db/refusals.ts';
import { recordActivity } from '../../activities/index.ts';
import { auditChange } from '../../audit/index.ts';
import { requireRunnable } from '../definition/require-runnable.ts';
import type { WorkflowPlace } from '../guard-queries.ts';
import { holdWorkflow, placeOf } from '../guards.ts';
import { findVersion } from '../versions/queries.ts';
import type { WorkflowRow } from '../workflows/queries.ts';
import { presentDeployment } from './present.ts';
import * as queries from './queries.ts';
import { getLive, requireOwnWorkflow } from './read.ts';
import { findReplayFor } from './require-replay.ts';
import type { Deployment, DeploymentCreate, Live, Rollback } from './schemas.ts';

/** What is deployed now, which whoever deploys goes by. */
type Standing = { workflow: WorkflowRow; place: WorkflowPlace; last: queries.DeploymentRow | undefined };

/**
 * Has a version run from now on wherever none is named. What runs already is not deployed anew.
 * @param numbers those that the last deployment may have; null for any
 * @throws {AppError} `not_found`, `forbidden`, `validation_failed` (it cannot run), `replay_required`, or
 * `precondition_failed`, also where somebody else deploys in the same moment
 */
export const publish = (ctx: Ctx, workflowId: string, input: DeploymentCreate, numbers: number[] | null) =>
  claimedFirst(ctx, () => publishNow(ctx, workflowId, input, numbers));

async function publishNow(
  ctx: Ctx,
  workflowId: string,
  input: DeploymentCreate,
  numbers: number[] | null,
): Promise<Deployment> {
  const standing = await readStanding(ctx, workflowId, numbers);
  const { workflow, place, last } = standing;
  const version = input.version ?? workflow.version;
  const [found] = await findVersion(ctx.db, place, version);
  if (!found) throw notFound('version');
  requireRunnable(found.definition);
  if (last && workflow.publishedVersion === version) return showAgain(ctx, place, last.id);
  const versions = { version, published: workflow.publishedVersion };
  const replay = await findReplayFor(ctx, place, versions, input, workflow.publishRequiresReplay);
  const holds = replay ? [] : [refuseUnless(ctx.db, queries.needsNoReplay(place), 'replay_required', { version })];
  return deploy(ctx, standing, { kind: 'publish', version, note: input.note || null, replay }, holds);
}

/**
 * Has a version run again that was published before, and so needs no replay.
 * @throws {AppError} as {@link publish}, or `nothing_to_roll_back`
 */
export const rollBack = (ctx: Ctx, workflowId: string, input: Rollback, numbers: number[] | null) =>
  claimedFirst(ctx, () => rollBackNow(ctx, workflowId, input, numbers));

async function rollBackNow(
  ctx: Ctx,
  workflowId: string,
  input: Rollback,
  numbers: number[] | null,
): Promise<Deployment> {
  const standing = await readStanding(ctx, workflowId, numbers);
  const { workflow, place, last } = standing;
  const version = input.to_version ?? (await requireFormer(ctx, standing));
  const [former] = await queries.findLastOf(ctx.db, place, version);
  if (!former) throw neverPublished(version);
  if (last && workflow.publishedVersion === version) return showAgain(ctx, place, last.id);
  return deploy(ctx, standing, { kind: 'rollback', version, note: input.note || null, replay: null });
}

/** Publishes nothing any more: the present version runs again. @throws {AppError} as {@link publish} */
export async function unpublish(ctx: Ctx, workflowId: string, numbers: number[] | null): Promise<Live> {
  const standing = await readStanding(ctx, workflowId, numbers);
  if (standing.workflow.publishedVersion !== null) {
    await deploy(ctx, standing, { kind: 'unpublish', version: null, note: null, replay: null });
  }
  return getLive(ctx, workflowId);
}

/**
 * A repetition is answered as the first request was, whatever has become of the workflow since: so it is asked whether
 * it is one before it is refused.
 */
async function claimedFirst<T>(ctx: Ctx, perform: () => Promise<T>): Promise<T> {
  try {
    return await perform();
  } catch (error) {
    if (!ctx.claim || ctx.claim.taken || !(error instanceof AppError)) throw error;
    // Ends with the claim that is there already, or takes its own back.
    await batchClaimed(ctx, crypto.randomUUID(), [refuseUnless(ctx.db, queries.never, 'precondition_failed')]).catch(
      (failure: unknown) => {
        if (isClaimedAlready(failure)) throw failure;
      },
    );
    throw error;
  }
}

async function readStanding(ctx: Ctx, workflowId: string, numbers: number[] | null): Promise<Standing> {
  const workflow = await requireOwnWorkflow(ctx, workflowId, 'workflows:write');
  const place = placeOf(ctx, workflowId);
  const [last] = await queries.findLast(ctx.db, place);
  if (numbers && !numbers.includes(last?.number ?? 0)) throw new AppError('precondition_failed');
  return { workflow, place, last };
}

/** What ran before the version that runs was first chosen: to go back twice is not to come again where one was. */
async function requireFormer(ctx: Ctx, { workflow, place, last }: Standing): Promise<number> {
  const { publishedVersion } = workflow;
  // Once nothing is published any more, what was until then is gone back to.
  if (publishedVersion === null && last?.replacedVersion) return last.replacedVersion;
  const [published] =
    publishedVersion === null ? [] : await queries.findLastOf(ctx.db, place, publishedVersion, 'publish');
  if (!published?.replacedVersion) throw new AppError('nothing_to_roll_back');
  return published.replacedVersion;
}

type Wanted = Pick<queries.DeploymentRow, 'kind' | 'version' | 'note'> & { replay: queries.ReplayRow | null };

const ACTIONS = {
  publish: ['workflow_published', 'workflow.published'],
  rollback: ['workflow_rolled_back', 'workflow.rolled_back'],
  unpublish: ['workflow_unpublished', 'workflow.unpublished'],
} as const;

/** Deployments are counted, and of two that follow the same one only the first is there: the other looks again. */
async function deploy(
  ctx: Ctx,
  { workflow, place, last }: Standing,
  { kind, version, note, replay }: Wanted,
  holds: BatchItem<'pg'>[] = [],
): Promise<Deployment> {
  const { db } = ctx;
  const id = crypto.randomUUID();
  const replacedVersion = workflow.publishedVersion;
  const about = { workspaceId: place.workspaceId, resourceId: place.workflowId };
  const [action, audited] = ACTIONS[kind];
  const metadata = { name: workflow.name, number: version ?? replacedVersion };
  const activity = recordActivity(ctx, { ...about, action, metadata });
  const details = { version, replaced_version: replacedVersion, replay_id: replay?.id ?? null };
  const row = {
    ...place,
    id,
    number: (last?.number ?? 0) + 1,
    kind,
    version,
    replacedVersion,
    note,
    replayId: replay?.id ?? null,
    replayIsEqual: replay?.isEqual ?? null,
    replayDifferences: replay?.differences ?? null,
    createdBy: requireUser(ctx.actor).id,
  };
  try {
    const results = await batchClaimed(ctx, id, [
      ...holdWorkflow(ctx, place, 'workflows:write'),
      ...holds,
      queries.insertDeployment(db, row),
      queries.setPublished(db, place, version),
      activity.statement,
      queries.findDeployment(db, place, id),
      auditChange(ctx, { ...about, action: audited, details }),
    ]);
    activity.announce();
    const [deployed] = results.at(-2) as queries.DeploymentRow[];
    return presentDeployment(deployed!);
  } catch (error) {
    if (!violatesUnique(error, 'workflow_deployments_number_key')) throw error;
    throw new AppError('precondition_failed', { cause: error });
  }
}

/** What was asked for is so already. */
async function showAgain(ctx: Ctx, place: WorkflowPlace, id: string): Promise<Deployment> {
  const results = await batchClaimed(ctx, id, [queries.findDeployment(ctx.db, place, id)]);
  const [row] = results.at(-1) as queries.DeploymentRow[];
  return presentDeployment(row!);
}

const neverPublished = (version: number) =>
  new AppError('validation_failed', {
    fields: [{ loc: ['body', 'to_version'], msg: `version ${version} was never published`, type: 'never_published' }],
  });
