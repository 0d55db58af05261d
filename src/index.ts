import { createApp } from './app.ts';
import { parseEnv } from './env.ts';
import { runCron } from './jobs/cron.ts';
import { consumeBatch } from './jobs/consumer.ts';

export { Channel } from './platform/realtime/channel.do.ts';
export { LlmStream } from './features/llm/stream.do.ts';

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
