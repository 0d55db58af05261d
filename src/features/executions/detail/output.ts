import { AppError, notFound } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { nodeRecordId } from '../runner/live-view.ts';
import type { Runner } from '../runner/runner-stub.ts';
import { findNodeData } from './node-queries.ts';
import { preferRunner, requireStanding } from './standing.ts';

/** A value as JSON, whole or as a stream. */
export type Json = string | ReadableStream;

type Kept = { value: unknown; objectKey: string | null };

/** What came of an execution, however long it is. @throws {AppError} `not_found` */
export async function readOutput(ctx: Ctx, executionId: string): Promise<Json> {
  const { row, live } = await requireStanding(ctx, executionId);
  return live
    ? toJson(ctx, { value: live.output, objectKey: live.outputObjectKey })
    : toJson(ctx, { value: row.outputData, objectKey: row.outputObjectKey });
}

/** What a node was given, or what came of it. @throws {AppError} `not_found` */
export async function readNodeData(ctx: Ctx, executionId: string, id: string, part: 'input' | 'output'): Promise<Json> {
  const { row, runner } = await requireStanding(ctx, executionId);
  const kept = await preferRunner(runner ? findLiveData(runner, row.id, id, part) : undefined, async () => {
    const [node] = await findNodeData(ctx.db, row.id, id);
    if (!node) throw notFound('node');
    return part === 'input'
      ? { value: node.inputData, objectKey: node.inputObjectKey }
      : { value: node.outputData, objectKey: node.outputObjectKey };
  });
  return toJson(ctx, kept);
}

const LIVE_PORTION = 1_000;

/** The ids are made of the order, so that the one is looked for that fits. */
async function findLiveData(
  runner: Runner,
  executionId: string,
  id: string,
  part: 'input' | 'output',
): Promise<Kept | null> {
  for (let after = 0; ; after += LIVE_PORTION) {
    const portion = await runner.nodes(executionId, { after, limit: LIVE_PORTION, bytes: 0 });
    if (portion === null) return null;
    const order = portion.find((node) => nodeRecordId(executionId, node.executionOrder) === id.toLowerCase());
    if (order) {
      const [node] = (await runner.nodes(executionId, {
        after: order.executionOrder - 1,
        limit: 1,
        bytes: Number.MAX_SAFE_INTEGER,
      })) ?? [null];
      if (!node) return null;
      return part === 'input'
        ? { value: node.input, objectKey: node.inputObjectKey }
        : { value: node.output, objectKey: node.outputObjectKey };
    }
    if (portion.length < LIVE_PORTION) throw notFound('node');
  }
}

async function toJson(ctx: Ctx, { value, objectKey }: Kept): Promise<Json> {
  if (objectKey === null) return JSON.stringify(value ?? null);
  const object = await ctx.env.STORAGE.get(objectKey);
  if (!object) throw new AppError('service_unavailable', { params: { service: 'storage' } });
  return object.body;
}
