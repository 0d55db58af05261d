/** What every test runs against, started once: PostgreSQL with the committed migrations, and the local stand-ins. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { migrate } from '../drizzle/migrate.ts';
import { buildAssets } from '../local/build-assets.ts';
import { seedLocalData } from '../local/demo.ts';
import { startMailSink } from '../local/mail-sink.ts';
import { startModelStub } from '../local/model-stub.ts';
import { startNeonProxy } from '../local/neon-proxy.ts';
import { startPostgres } from '../local/postgres.ts';

/** Variables of the Worker under test, and the addresses of what stands around it. */
export interface Stack {
  DATABASE_URL: string;
  LOCAL_DATABASE_PROXY: string;
  LOCAL_LLM_BASE_URL: string;
  LOCAL_OUTBOX_URL: string;
  MAIL_API_URL: string;
  MAIL_API_KEY: string;
  AUTH_SECRET: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    stack: Stack;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'synapscale-test-'));
  const cleanUp: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const tearDown = async () => {
    for (const step of cleanUp.toReversed()) await step();
  };
  try {
    project.provide('stack', await startStack(folder, cleanUp));
    return tearDown;
  } catch (error) {
    await tearDown();
    throw error;
  }
}

async function startStack(folder: string, cleanUp: (() => unknown)[]): Promise<Stack> {
  await buildAssets();
  const postgres = await startPostgres({ directory: folder, durable: false });
  cleanUp.push(postgres.stop);
  await migrate(postgres.url);
  await seedLocalData(postgres.url);
  const proxy = await startNeonProxy({ databaseUrl: postgres.url });
  const model = await startModelStub({ delay: 1 });
  const mail = await startMailSink({ file: join(folder, 'outbox.jsonl') });
  cleanUp.push(proxy.close, model.close, mail.close);
  return {
    DATABASE_URL: postgres.url,
    LOCAL_DATABASE_PROXY: proxy.address,
    LOCAL_LLM_BASE_URL: model.baseUrl,
    LOCAL_OUTBOX_URL: mail.url,
    MAIL_API_URL: mail.url,
    MAIL_API_KEY: 'local',
    AUTH_SECRET: randomBytes(32).toString('base64url'),
  };
}
