import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { LlmStream } from '../../src/features/llm/calls/stream.do.ts';
import { nameOfOwner } from '../../src/features/llm/calls/stream-stub.ts';
import { createSuperuser } from './actors.ts';
import { sql } from './database.ts';
import { eventually } from './eventually.ts';
import { readEvents } from './streams.ts';

type Bindings = { LOCAL_LLM_BASE_URL: string; LLM_STREAM: DurableObjectNamespace<LlmStream> };

const bindings = env as unknown as Bindings;

/** A chat whose last message may hold directives for the stub. */
export const chat = (content: string, more: object = {}) => ({ messages: [{ role: 'user', content }], ...more });

export type StubCalls = {
  calls: number;
  completed: number;
  aborted: number;
  failed: number;
  active: number;
  /** What a provider would charge for. */
  metered: { calls: number; prompt_tokens: number; completion_tokens: number };
  lastRequest?: { path: string; headers: Record<string, string>; body: Record<string, any> };
};

/** What the stub has seen of the calls that carried `[[stub id=…]]`. */
export const stubCalls = (id: string): Promise<StubCalls> => readStats({ id });

/** What the stub has seen of the calls of a model. */
export const stubCallsOf = (model: string): Promise<StubCalls> => readStats({ model });

async function readStats(query: Record<string, string>): Promise<StubCalls> {
  const response = await fetch(new URL(`/stats?${new URLSearchParams(query)}`, bindings.LOCAL_LLM_BASE_URL));
  return response.json<StubCalls>();
}

/** The base URL under which the stub stands for a provider. */
export const stubAs = (provider: string): string => new URL(`/${provider}/v1`, bindings.LOCAL_LLM_BASE_URL).href;

/** The base URL at which the Worker may call the stub as an endpoint that a user chose. */
export const stubAtAllowedHost = (): string => bindings.LOCAL_LLM_BASE_URL.replace('127.0.0.1', 'localhost');

/** The object that owns a recorded call. */
export async function streamOf(callId: string): Promise<DurableObjectStub<LlmStream>> {
  const [call] = await sql`select workspace_id from llm_calls where id = ${callId}`;
  return bindings.LLM_STREAM.getByName(nameOfOwner({ workspaceId: call!.workspace_id, callId }));
}

/** What the object of a call keeps of it, by its tables; nothing where they are not there. */
export async function keptOf(callId: string): Promise<Record<'calls' | 'requests' | 'pieces', object[]>> {
  return runInDurableObject(await streamOf(callId), (_, { storage: { sql: tables } }) => {
    if (tables.exec("select 1 from sqlite_master where name = 'calls'").toArray().length === 0) {
      return { calls: [], requests: [], pieces: [] };
    }
    return {
      calls: tables.exec('select * from calls where id = ?', callId).toArray(),
      requests: tables.exec('select * from requests where call_id = ?', callId).toArray(),
      pieces: tables.exec('select * from pieces where call_id = ? order by id', callId).toArray(),
    };
  });
}

/** Usage lines of a call. */
export const usageLinesOf = (callId: string) => sql`select * from llms_usage_logs where call_id = ${callId}`;

/** Billing events of a call. */
export const billingEventsOf = (callId: string) => sql`
  select b.* from billing_events b join llms_usage_logs l on l.id = b.related_usage_log_id where l.call_id = ${callId}`;

/** The one usage line of a call, once it is written. */
export const settledUsage = (callId: string) => eventually(async () => (await usageLinesOf(callId))[0]);

/**
 * What the ledger has of the upstream calls that an answer took, in their order, once so many lines are there: a second
 * line or event of one would be a row more.
 */
export const ledgerOf = (callId: string, lines: number) =>
  eventually(async () => {
    const rows = await sql`
      select c.id as call_id, c.status as call_status, l.id as line_id, l.model, l.status, l.input_tokens, l.output_tokens,
        l.token_source, l.user_api_key_used, l.cost_usd::text as cost_usd, l.price_input::float8 as price_input,
        l.price_output::float8 as price_output, b.amount_usd::text as billed_usd
      from llm_calls c left join llms_usage_logs l on l.call_id = c.id
      left join billing_events b on b.related_usage_log_id = l.id
      where c.id = ${callId} or c.root_call_id = ${callId} order by c.attempt`;
    return rows.filter((row) => row.line_id !== null).length >= lines && rows;
  });

export type Frame = { id: number; type: string } & Record<string, unknown>;

/** All frames of a streamed answer. */
export async function readFrames(response: Response): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const { id, event, data } of readEvents(response)) {
    frames.push({ ...JSON.parse(data), id: Number(id), type: event });
  }
  return frames;
}

/** The text that the deltas make. */
export const textOf = (frames: Frame[]) =>
  frames.map((frame) => (frame.type === 'delta' ? frame.content : '')).join('');

export type LocalModel = { provider: 'local'; model: string };

/** What a priced model costs, in US dollars per token. */
export const PRICES = { cost_per_token_input: '0.0000025', cost_per_token_output: '0.00001' };

/** A model of the local provider that costs something: the one that everything else uses is free. */
export async function createPricedModel(fields: object = PRICES): Promise<LocalModel> {
  const admin = await createSuperuser();
  const model = {
    provider: 'local',
    name: `priced-${crypto.randomUUID()}`,
    max_tokens_supported: 4096,
    ...fields,
  } as const;
  const { status, body } = await admin.post('/api/v1/llm/catalog', model);
  if (status !== 200) throw new Error(`could not add a model: ${JSON.stringify(body)}`);
  return { provider: model.provider, model: model.name };
}

/** A change past the API, and the version that it has made. */
export async function changeCatalog(): Promise<number> {
  await sql`update llms set display_name = display_name where name = 'local-small'`;
  const [state] = await sql`select version from llm_catalog_version`;
  return Number(state!.version);
}
