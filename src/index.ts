import { createApp } from './app.ts';
import { createSystemCtx } from './context.ts';
import { parseEnv } from './env.ts';
import { verifyReaders } from './features/auth/index.ts';
import { runCron } from './jobs/cron.ts';
import { consumeBatch } from './jobs/consumer.ts';
import { ChannelObject } from './platform/realtime/channel.do.ts';
import type { Reader } from './platform/realtime/reader.ts';

export { ExecutionRunner } from './features/executions/runner/runner.do.ts';
export { LlmBudget } from './features/llm/budgets/budget.do.ts';
export { LlmCircuit } from './features/llm/circuits/circuit.do.ts';
export { LlmStream } from './features/llm/stream.do.ts';

/** Channels know no database: who may still read is told to them here. */
export class Channel extends ChannelObject {
  protected override verify(readers: Reader[]) {
    const ctx = createSystemCtx(parseEnv(this.env), 'channel.verify', (promise) => this.ctx.waitUntil(promise));
    return verifyReaders(ctx, readers);
  }
}

const app = createApp();

export default {
  fetch: app.fetch,
  async queue(batch, env, execution) {
    await consumeBatch(batch, parseEnv(env), (promise) => execution.waitUntil(promise));
  },
  async scheduled(controller, env, execution) {
    await runCron(controller, parseEnv(env), (promise) => execution.waitUntil(promise));
  },
} satisfies ExportedHandler<Record<string, unknown>>;
