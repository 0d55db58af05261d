/** n8n from npm, which the benchmark installs for itself: a workflow behind a webhook, executions kept in PostgreSQL. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from '../../../local/ports.ts';
import { installPeer, startPeer } from '../peers.ts';
import { askForResult, post, type Engine } from './engines.ts';
import { countIn, createDatabase } from './store.ts';

/** Later ones ask for a package that was never published in the version they name. */
const N8N = { name: 'n8n', version: '2.40.7', installLimitMs: 15 * 60_000 };

/** Migrations of an empty database take most of it. */
const IMPORT_LIMIT_MS = 180_000;
const START_LIMIT_MS = 120_000;

/** `vm` is what it takes by itself; `legacy` is quicker, and keeps expressions of users less apart. */
const EXPRESSION_ENGINES = ['vm', 'legacy'] as const;

const PATH = 'chain';

/** An execution is a row with its data beside it, which holds what each node did. */
const STORED = `from execution_entity e join execution_data d on d."executionId" = e.id where e.status = 'success'`;

/** Two of them, over databases of their own. @throws {Error} where it cannot be installed, or does not start */
export async function startN8n(databaseUrl: string, workFolder: string): Promise<Engine[]> {
  const script = join(await installPeer(N8N), 'node_modules/n8n/bin/n8n');
  const folder = join(workFolder, 'n8n');
  mkdirSync(folder, { recursive: true });
  const key = randomBytes(24).toString('base64url');
  const first = await createDatabase(databaseUrl, 'n8n');
  const file = join(folder, 'workflow.json');
  writeFileSync(file, JSON.stringify(WORKFLOW));
  const env = { ...process.env, ...settingsOf(first, join(folder, 'import'), key) };
  for (const command of [
    ['import:workflow', `--input=${file}`],
    ['publish:workflow', `--id=${WORKFLOW.id}`],
  ])
    await promisify(execFile)(process.execPath, [script, ...command], { env, timeout: IMPORT_LIMIT_MS });
  const databases = { vm: first, legacy: await createDatabase(databaseUrl, 'n8n_legacy', 'n8n') };
  return Promise.all(EXPRESSION_ENGINES.map((engine) => start(script, databases[engine], folder, key, engine)));
}

async function start(
  script: string,
  databaseUrl: string,
  folder: string,
  key: string,
  engine: (typeof EXPRESSION_ENGINES)[number],
): Promise<Engine> {
  const [port, brokerPort] = [await findFreePort(), await findFreePort()];
  const path = `/webhook/${PATH}`;
  const peer = await startPeer({
    name: `n8n ${N8N.version}${engine === 'vm' ? '' : `, ${engine}`}`,
    port,
    args: [script, 'start'],
    env: {
      ...settingsOf(databaseUrl, join(folder, engine), key),
      N8N_PORT: String(port),
      N8N_LISTEN_ADDRESS: '127.0.0.1',
      N8N_RUNNERS_BROKER_PORT: String(brokerPort),
      N8N_EXPRESSION_ENGINE: engine,
    },
    startLimitMs: START_LIMIT_MS,
    answers: (origin) => askForResult(origin + path),
  });
  return {
    name: peer.name,
    route: post(peer.origin, path),
    countStored: () => countIn(databaseUrl, STORED),
    stop: peer.stop,
  };
}

function settingsOf(databaseUrl: string, folder: string, key: string): Record<string, string> {
  const { hostname, port, pathname, username, password } = new URL(databaseUrl);
  mkdirSync(folder, { recursive: true });
  return {
    DB_TYPE: 'postgresdb',
    DB_POSTGRESDB_HOST: hostname,
    DB_POSTGRESDB_PORT: port,
    DB_POSTGRESDB_DATABASE: pathname.slice(1),
    DB_POSTGRESDB_USER: username,
    DB_POSTGRESDB_PASSWORD: decodeURIComponent(password),
    N8N_USER_FOLDER: folder,
    N8N_ENCRYPTION_KEY: key,
    EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'all',
    EXECUTIONS_DATA_PRUNE: 'false',
    // It asks nobody on the network for anything.
    N8N_DIAGNOSTICS_ENABLED: 'false',
    N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
    N8N_TEMPLATES_ENABLED: 'false',
    N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
  };
}

const nodeOf = (name: string, type: string, typeVersion: number, parameters: object) => ({
  id: name,
  name,
  type: `n8n-nodes-base.${type}`,
  typeVersion,
  position: [0, 0],
  parameters,
});

const assign = (name: string, value: string) =>
  nodeOf(name, 'set', 3.4, {
    assignments: { assignments: [{ id: name, name: 'amount', value: `={{ ${value} }}`, type: 'number' }] },
    options: {},
  });

const leadTo = (node: string) => [{ node, type: 'main', index: 0 }];

const WORKFLOW = {
  id: 'benchChain000001',
  name: 'chain',
  active: false,
  settings: { executionOrder: 'v1' },
  nodes: [
    {
      ...nodeOf('trigger', 'webhook', 2.1, { httpMethod: 'POST', path: PATH, responseMode: 'lastNode', options: {} }),
      webhookId: PATH,
    },
    assign('set', '$json.body.amount'),
    assign('double', '$json.amount * 2'),
    nodeOf('check', 'if', 2.2, {
      conditions: {
        options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
        combinator: 'and',
        conditions: [
          {
            id: 'large',
            leftValue: '={{ $json.amount }}',
            rightValue: 10,
            operator: { type: 'number', operation: 'gt' },
          },
        ],
      },
      options: {},
    }),
    assign('finish', '$json.amount + 1'),
  ],
  connections: {
    trigger: { main: [leadTo('set')] },
    set: { main: [leadTo('double')] },
    double: { main: [leadTo('check')] },
    check: { main: [leadTo('finish'), []] },
  },
};
