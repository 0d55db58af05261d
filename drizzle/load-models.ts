/**
 * `npm run models:load -- [FILE] [--notify URL]`: brings the catalogue to a file in the form of src/platform/llm/models.json, that one
 * where none is named: adds what is absent, and refreshes prices, capabilities and dates of what is there. What the
 * file does not know, and what operators have switched, stays. DATABASE_URL_DIRECT, else DATABASE_URL, says where. The
 * API at the URL is told, by a message signed with CATALOG_WEBHOOK_SECRET.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { z } from 'zod';
import { canSign, SIGNING_SECRET, signedHeaders } from '../src/core/webhook-signing.ts';
import { llmCatalogVersion, llms } from '../src/db/schema/index.ts';
import { BUNDLED_MODELS, toModel, type CatalogModel } from '../src/platform/llm/bundled-models.ts';
import { connectionConfig, describeDatabase, directUrl, ownerUrl } from './connection.ts';

const price = z.string().regex(/^\d{1,6}(\.\d{1,6})?$/, 'must be a decimal as text');
const day = z.iso.date();

const Models = z.array(
  z.strictObject({
    id: z.uuid(),
    provider: z.string().min(1).max(50),
    name: z.string().min(1).max(100),
    display_name: z.string().min(1).max(200),
    kind: z.enum(['chat', 'embedding']).optional(),
    price_per_million: z.strictObject({ input: price, output: price }),
    price_source: z.url(),
    priced_on: day,
    context_window: z.number().int().positive(),
    max_output_tokens: z.number().int().positive().nullable(),
    capabilities: z.array(z.enum(['tools', 'vision', 'reasoning', 'prefill'])),
    deprecated_on: day.nullable(),
    retired_on: day.nullable(),
  }),
);

/** Reads a file of models. @throws {Error} with a text that names each fault */
export function readModels(text: string): CatalogModel[] {
  const parsed = Models.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  return parsed.data.map(toModel);
}

/** A row of the table; times are the database's own. */
export const toRow = ({
  createdAt: _,
  updatedAt: __,
  version: ___,
  ...model
}: CatalogModel): typeof llms.$inferInsert => model;

/** Adds and refreshes models; returns how many were added or have changed. */
export async function loadModels(client: pg.Client, models: readonly CatalogModel[]): Promise<number> {
  const changed = await drizzle({ client })
    .insert(llms)
    .values(models.map(toRow))
    .onConflictDoUpdate({
      target: [llms.provider, llms.name],
      set: {
        ...Object.fromEntries(REFRESHED.map((name) => [name, sql.raw(`excluded.${llms[name].name}`)])),
        version: sql`${llms.version} + 1`,
        updatedAt: sql`now()`,
      },
      setWhere: sql`(${columns('llms')}) is distinct from (${columns('excluded')})`,
    })
    .returning({ id: llms.id });
  return changed.length;
}

const REFRESHED = [
  'displayName',
  'kind',
  'costPerTokenInput',
  'costPerTokenOutput',
  'priceSource',
  'pricedOn',
  'deprecatedOn',
  'retiredOn',
  'contextWindow',
  'maxTokensSupported',
  'supportsFunctionCalling',
  'supportsVision',
  'supportsReasoning',
  'supportsAssistantPrefill',
] as const;

const columns = (table: 'llms' | 'excluded') =>
  sql.raw(REFRESHED.map((name) => `${table}.${llms[name].name}`).join(', '));

const WEBHOOK = '/api/v1/llm/catalog/webhook';

/** Tells an API of the version that its catalogue has now. @throws {Error} with one line that may be shown */
export async function notifyCatalog(api: string, secret: string, version: number): Promise<void> {
  const url = new URL(WEBHOOK, api);
  const body = JSON.stringify({ version });
  const signature = signedHeaders({ id: `msg_${crypto.randomUUID()}`, sentAt: new Date(), body }, [secret]);
  const headers = { 'Content-Type': 'application/json', ...signature };
  const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) }).catch(
    (error: unknown) => {
      throw new Error(`${url.href} does not answer: its copies are as old as five minutes`, { cause: error });
    },
  );
  if (!response.ok)
    throw new Error(`${url.href} answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
}

/** The secret, before anything is changed. @throws {Error} with one line that may be shown */
function notifySecret({ CATALOG_WEBHOOK_SECRET: secret = '' }: NodeJS.ProcessEnv): string {
  if (!SIGNING_SECRET.test(secret) || !canSign(secret)) throw new Error('--notify needs CATALOG_WEBHOOK_SECRET');
  return secret;
}

async function readVersion(client: pg.Client): Promise<number> {
  const [state] = await drizzle({ client }).select({ version: llmCatalogVersion.version }).from(llmCatalogVersion);
  return state!.version;
}

if (import.meta.main) {
  let client: pg.Client | undefined;
  try {
    const { values, positionals } = parseArgs({ options: { notify: { type: 'string' } }, allowPositionals: true });
    const { notify } = values;
    const secret = notify === undefined ? '' : notifySecret(process.env);
    const [file] = positionals;
    const models = file === undefined ? BUNDLED_MODELS : readModels(readFileSync(file, 'utf8'));
    const databaseUrl = ownerUrl(process.env);
    client = new pg.Client({ ...connectionConfig(directUrl(databaseUrl)), connectionTimeoutMillis: 10_000 });
    client.on('error', () => {});
    await client.connect();
    const changed = await loadModels(client, models);
    console.log(`${describeDatabase(databaseUrl)}: ${models.length} models read, ${changed} added or changed`);
    if (notify !== undefined) await notifyCatalog(notify, secret, await readVersion(client));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  } finally {
    await client?.end();
  }
}
