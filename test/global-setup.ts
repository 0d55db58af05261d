/** What every test runs against, started once: PostgreSQL with the committed migrations, and the local stand-ins. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { createAppRole } from '../drizzle/app-role.ts';
import { migrate } from '../drizzle/migrate.ts';
import { buildAssets } from '../local/build-assets.ts';
import { seedLocalData } from '../local/demo.ts';
import { startMailSink } from '../local/mail-sink.ts';
import { startModelStub } from '../local/model-stub.ts';
import { startNeonProxy } from '../local/neon-proxy.ts';
import { endOrphan, startPostgres } from '../local/postgres.ts';
import { isRunning } from '../local/processes.ts';
import { countTokens } from '../local/stub-tokens.ts';
import { startRemoteServer } from './helpers/remote-server.ts';

/** Variables of the Worker under test, and the addresses of what stands around it. */
export interface Stack {
  DATABASE_URL: string;
  LOCAL_DATABASE_PROXY: string;
  LOCAL_LLM_BASE_URL: string;
  LOCAL_OUTBOX_URL: string;
  MAIL_API_URL: string;
  MAIL_API_KEY: string;
  AUTH_SECRET: string;
  ENCRYPTION_KEYS: string;
  /** `host:port` of a server that is not ours: see helpers/remote-server.ts. */
  REMOTE_SERVER: string;
  /** The same server, then the model, by a name that the Worker may call although it is private. */
  OUTGOING_ALLOW_PRIVATE: string;
}

const FOLDER = 'synapscale-tests-';

declare module 'vitest' {
  interface ProvidedContext {
    stack: Stack;
    /** The database with the rights of its owner, which the Worker has not. */
    ownerDatabaseUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await sweepFolders();
  const folder = mkdtempSync(join(tmpdir(), `${FOLDER}${process.pid}-`));
  const cleanUp: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const tearDown = async () => {
    for (const step of cleanUp.toReversed()) await step();
  };
  try {
    const { stack, ownerDatabaseUrl } = await startStack(folder, cleanUp);
    project.provide('stack', stack);
    project.provide('ownerDatabaseUrl', ownerDatabaseUrl);
    return tearDown;
  } catch (error) {
    await tearDown();
    throw error;
  }
}

async function startStack(folder: string, cleanUp: (() => unknown)[]) {
  await buildAssets();
  const postgres = await startPostgres({ directory: folder, durable: false });
  cleanUp.push(postgres.stop);
  await migrate(postgres.url);
  await seedLocalData(postgres.url);
  // With the rights of production: a statement that needs more fails here, and not there.
  const databaseUrl = await createAppRole(postgres.url);
  const proxy = await startNeonProxy({ databaseUrl });
  const model = await startModelStub({ delay: 1 });
  // Its tokenizer takes a second to build, and longer beside other work: no test may take that for silence.
  void countTokens('');
  const mail = await startMailSink({ file: join(folder, 'outbox.jsonl') });
  const remote = await startRemoteServer();
  cleanUp.push(proxy.close, model.close, mail.close, remote.close);
  const stack: Stack = {
    DATABASE_URL: databaseUrl,
    LOCAL_DATABASE_PROXY: proxy.address,
    LOCAL_LLM_BASE_URL: model.baseUrl,
    LOCAL_OUTBOX_URL: mail.url,
    MAIL_API_URL: mail.url,
    MAIL_API_KEY: 'local',
    AUTH_SECRET: randomBytes(32).toString('base64url'),
    ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64url')}`,
    REMOTE_SERVER: remote.address,
    OUTGOING_ALLOW_PRIVATE: [remote.address, new URL(model.baseUrl).host]
      .map((address) => `localhost:${address.split(':')[1]}`)
      .join(','),
  };
  return { stack, ownerDatabaseUrl: postgres.url };
}

/** Ends and removes what runs left behind that were killed before they could tear down. */
async function sweepFolders(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((candidate) => candidate.startsWith(FOLDER))) {
    if (isRunning(Number.parseInt(name.slice(FOLDER.length), 10))) continue;
    const folder = join(tmpdir(), name);
    await endOrphan(join(realpathSync(folder), 'data'));
    rmSync(folder, { recursive: true, force: true });
  }
}
