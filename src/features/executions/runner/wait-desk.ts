import { describeError, logEvent } from '../../../core/log.ts';
import type { Ctx } from '../../../context.ts';
import { NodeError, type NewWait, type WorkflowCall } from '../../nodes/index.ts';
import type { Fault } from '../engine/run-state.ts';
import { isEnded } from '../events.ts';
import { openWait } from '../waits/open-wait.ts';
import * as queries from '../waits/queries.ts';
import { settleChild, startChild } from './children.ts';
import type { Desk } from './desk.ts';
import type { OpenWait } from './facts.ts';
import type { Settled, WaitMeans } from './run-waits.ts';
import type { RunSpec } from './types.ts';

const PARENT_ENDED: Fault = {
  code: 'cancelled',
  message: 'The execution that had started it has ended.',
  nodeKey: null,
  details: {},
  isRetryable: false,
};

/** What the executions of a runner wait for that others bring about. */
export class WaitDesk implements WaitMeans {
  readonly #desk: Desk;
  readonly #workspaceId: string;

  constructor(desk: Desk, workspaceId: string) {
    this.#desk = desk;
    this.#workspaceId = workspaceId;
  }

  open(spec: RunSpec, place: { id: string; nodeKey: string; iteration: number[] }, wait: NewWait): Promise<void> {
    return openWait(this.#desk.ctx, spec, place, wait);
  }

  call(ctx: Ctx, spec: RunSpec, place: { id: string; nodeKey: string }, call: WorkflowCall): Promise<void> {
    return startChild(this.#desk, ctx, spec, place, call);
  }

  async settle({ kind, id }: OpenWait, isDue: boolean): Promise<Settled | null> {
    if (kind === 'call') return settleChild(this.#desk, this.#workspaceId, id);
    const { db } = this.#desk.ctx;
    const find = queries.findSettled(db, this.#workspaceId, id);
    // Of an answer and the end of time, the one counts that came to the row first.
    const { rows } = isDue ? (await db.batch([queries.timeOutWait(db, this.#workspaceId, id), find]))[1] : await find;
    const [row] = rows;
    if (!row) throw new NodeError('wait_gone', 'What the node waited for is gone.');
    return toSettled(row);
  }

  withdraw({ kind, id }: OpenWait): void {
    const desk = this.#desk;
    if (kind !== 'call') {
      // How an execution ended is recorded with what it had left open; this is only sooner.
      desk.ctx.waitUntil(
        Promise.resolve(queries.closeWait(desk.ctx.db, this.#workspaceId, id)).then(
          () => {},
          (error: unknown) => logEvent('warn', 'wait_not_closed', { wait_id: id, error: describeError(error) }),
        ),
      );
      return;
    }
    const child = desk.facts.get(id);
    if (!child || isEnded(child.status)) return;
    (desk.runs.get(id) ?? desk.activate(child)).end('cancelled', PARENT_ENDED);
  }
}

function toSettled(row: queries.SettledRow): Settled | null {
  const { kind, status, answer } = row;
  const said = { data: answer?.data ?? null, comment: answer?.comment ?? null };
  const by = {
    answered_by: row.answered_by,
    answered_via: row.answered_via,
    answered_at: row.answered_at && new Date(row.answered_at).toISOString(),
  };
  switch (status) {
    case 'open':
      return null;
    case 'approved':
    case 'rejected':
      return { port: status, output: { decision: status, ...said, ...by } };
    case 'answered':
      return { port: 'output', output: said.data, metadata: by };
    case 'timed_out':
      return { port: 'timeout', output: kind === 'approval' ? { decision: 'timeout', ...said, ...by } : TIMED_OUT };
    case 'cancelled':
      throw new NodeError('wait_cancelled', 'What the node waited for was cancelled.');
  }
}

const TIMED_OUT = { decision: 'timeout' };
