/** Everything on loopback: the Worker, a provider with faults and a meter, another that nobody can reach, two models. */
import pg from 'pg';
import { DEMO } from '../../../local/demo.ts';
import { startModelStub } from '../../../local/model-stub.ts';
import { findFreePort } from '../../../local/ports.ts';
import { startDirectStack } from '../../helpers/direct-stack.ts';
import { eventually } from '../../helpers/eventually.ts';
import type { Server } from './clients.ts';

/** A provider that is silent for so long is given up. */
export const STALL_LIMIT_MS = 3000;

/** The same for all models, so that what the provider's meter says has one price. */
const PRICES = { cost_per_token_input: '0.000002531019', cost_per_token_output: '0.000010007013' };

const FIRST = { provider: 'local', model: 'fails-first' };
const SECOND = { provider: 'local', model: 'goes-on' };
const UNREACHABLE = { provider: 'openai', model: 'unreachable' };

/** The provider's own view of the calls that carry an id. */
export interface Stats {
  calls: number;
  active: number;
  aborted: number;
  metered: { prompt_tokens: number; completion_tokens: number };
}

/** What the ledger has of an answer. */
export interface Entries {
  calls: number;
  open: number;
  lines: number;
  events: number;
  prompt_tokens: number;
  completion_tokens: number;
  billed_usd: string;
}

export interface Place extends Server {
  /** Names the models by fields of a request, or in /v1 by those alone that it knows. */
  targetOf(options: { isReachable: boolean; hasFallback: boolean; isOpenai: boolean }): object;
  statsOf(id: string): Promise<Stats>;
  /** By the id of the request, once nothing of it is under way. */
  entriesOf(id: string): Promise<Entries>;
  priceOf(tokens: Stats['metered']): number;
  stop(): Promise<void>;
}

export async function openPlace(): Promise<Place> {
  const stub = await startModelStub({ delay: 2 });
  const stack = await startDirectStack({
    LOCAL_LLM_BASE_URL: stub.baseUrl,
    LLM_STALL_LIMIT_MS: String(STALL_LIMIT_MS),
    // Faults are made on purpose here, and many of them.
    LLM_CIRCUIT_FAILURES: '1000',
    OPENAI_API_KEY: 'of-nobody',
    OPENAI_BASE_URL: `http://127.0.0.1:${await findFreePort()}/v1`,
  });
  const database = new pg.Pool({ connectionString: stack.databaseUrl, max: 4 });
  const token = await stack.logIn();
  const post = async (path: string, body: object) => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const response = await fetch(new URL(path, stack.url), { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  };
  await database.query('update users set is_superuser = true where email = $1', [DEMO.email]);
  for (const { provider, model: name } of [FIRST, SECOND, UNREACHABLE]) {
    const supports_assistant_prefill = name === SECOND.model;
    await post('/api/v1/llm/catalog', {
      provider,
      name,
      max_tokens_supported: 4096,
      supports_assistant_prefill,
      ...PRICES,
    });
  }
  for (const [name, first] of [
    ['faults', FIRST],
    ['unreachable', UNREACHABLE],
  ] as const) {
    await post('/api/v1/llm/routes', { name, strategy: 'fallback', targets: [first, SECOND] });
  }
  return {
    url: stack.url,
    token,
    targetOf({ isReachable, hasFallback, isOpenai }) {
      const first = isReachable ? FIRST : UNREACHABLE;
      if (!isOpenai) return { ...first, ...(hasFallback && { fallbacks: [SECOND] }) };
      return { model: hasFallback ? `route/${isReachable ? 'faults' : 'unreachable'}` : first.model };
    },
    async statsOf(id) {
      return (await (await fetch(new URL(`/stats?id=${id}`, stub.baseUrl))).json()) as Stats;
    },
    entriesOf: (id) => readEntries(database, id),
    priceOf: ({ prompt_tokens: input, completion_tokens: output }) =>
      input * Number(PRICES.cost_per_token_input) + output * Number(PRICES.cost_per_token_output),
    async stop() {
      await database.end();
      await stack.stop();
      await stub.close();
    },
  };
}

/** Every call that a request took is recorded with its id. */
function readEntries(database: pg.Pool, id: string): Promise<Entries> {
  return eventually(async () => {
    const { rows } = await database.query<Entries>(
      `select count(distinct c.id)::int as calls, count(l.id)::int as lines, count(b.id)::int as events,
         count(*) filter (where c.status = 'started')::int as open,
         coalesce(sum(l.input_tokens), 0)::int as prompt_tokens,
         coalesce(sum(l.output_tokens), 0)::int as completion_tokens,
         coalesce(trim_scale(sum(b.amount_usd)), 0)::text as billed_usd
       from llm_calls c
       left join llms_usage_logs l on l.call_id = c.id left join billing_events b on b.related_usage_log_id = l.id
       where c.request_id = $1`,
      [id],
    );
    const [entries] = rows;
    return entries!.calls > 0 && entries!.open === 0 && entries;
  }, 30_000);
}
