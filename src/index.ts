import { createApp } from './app.ts';
import { createSystemCtx } from './context.ts';
import { parseEnv } from './env.ts';
import { verifyReaders } from './features/auth/index.ts';
import { answerReader, greetReader, tendChannel } from './features/executions/index.ts';
import { runCron } from './jobs/cron.ts';
import { consumeBatch } from './jobs/consumer.ts';
import { ChannelObject } from './platform/realtime/channel.do.ts';
import type { Connections } from './platform/realtime/presence.ts';
import type { Reader } from './platform/realtime/reader.ts';

export { ExecutionRunner } from './features/executions/runner/runner.do.ts';
export { LlmBudget } from './features/llm/budgets/budget.do.ts';
export { LlmCircuit } from './features/llm/circuits/circuit.do.ts';
export { LlmStream } from './features/llm/calls/stream.do.ts';

/** Channels know no database: who may still read, and how things stand, is told to them here. */
export class Channel extends ChannelObject {
  protected override verify(readers: Reader[]) {
    return verifyReaders(this.#createCtx('verify'), readers);
  }

  protected override greet(reader: Reader) {
    return greetReader(this.#createCtx('greet'), this.#name, reader);
  }

  protected override answer(question: string, reader: Reader) {
    return answerReader(this.#createCtx('answer'), this.#name, question, reader);
  }

  protected override tend(workspaceId: string | null) {
    return tendChannel(this.#createCtx('tend'), this.#name, workspaceId);
  }

  protected override tellPresence(connections: Connections) {
    return this.#createCtx('presence').channels.notePresence(this.#name, connections);
  }

  get #name() {
    return this.ctx.id.name!;
  }

  #createCtx(task: string) {
    return createSystemCtx(parseEnv(this.env), `channel.${task}`, (promise) => this.ctx.waitUntil(promise));
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
