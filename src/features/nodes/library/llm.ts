import { z } from 'zod';
import { AppError } from '../../../core/errors.ts';
import { SECOND } from '../../../core/time.ts';
import { detailOf } from '../../../http/errors/problem.ts';
import { findProvider } from '../../../platform/llm/providers.ts';
import { callModel, type ModelAnswer } from '../../llm/index.ts';
import { defineNodeType, NodeError, type RunMeans, type WaitReason } from './node-type.ts';

const number = (least: number, most: number) => z.coerce.number().min(least).max(most).optional();

const Config = z
  .looseObject({
    prompt: z.string().min(1).optional().meta({ description: 'What to ask.' }),
    system: z.string().optional().meta({ description: 'What the model is told first.' }),
    messages: z
      .array(z.looseObject({ role: z.string(), content: z.unknown() }))
      .min(1)
      .optional()
      .meta({ description: 'A conversation in place of a prompt.' }),
    provider: z.string().optional().meta({ description: 'A provider, or an endpoint of the workspace.' }),
    model: z.string().optional().meta({ description: 'A model of the catalogue; else the default one.' }),
    route: z.string().optional().meta({ description: 'A route of the workspace, which chooses the model.' }),
    fallbacks: z.array(z.looseObject({})).optional().meta({ description: 'Models to go on with where one fails.' }),
    max_tokens: number(1, 100_000).meta({ description: 'The most tokens to generate.' }),
    temperature: number(0, 2),
    top_p: number(0, 1),
    frequency_penalty: number(-2, 2),
    presence_penalty: number(-2, 2),
    seed: z.coerce.number().int().optional(),
    stop: z.union([z.string(), z.array(z.string())]).optional(),
    tools: z.array(z.looseObject({})).optional(),
    tool_choice: z.unknown().optional(),
    reasoning_effort: z.string().optional(),
    response_format: z
      .looseObject({})
      .optional()
      .meta({ description: 'The form of the answer; `json` of the output is what it then says.' }),
    cache: z.looseObject({}).optional().meta({ description: 'Lets an answer serve equal requests.' }),
    deadlines: z.looseObject({}).optional(),
    use_user_api_key: z
      .boolean()
      .optional()
      .meta({ description: 'Your own key is used wherever you have stored one; saying so changes nothing.' }),
    api_key: z.undefined('keys are stored, not written here: POST /api/v1/user-variables/api-keys').optional(),
    base_url: z.undefined('servers of your own are added as endpoints: POST /api/v1/llm/endpoints').optional(),
  })
  .refine(({ prompt, messages }) => prompt !== undefined || messages !== undefined, 'needs a prompt or messages');
type Config = z.infer<typeof Config>;

/** What is passed on to the gateway, which checks it. */
const PASSED_ON = [
  'provider',
  'model',
  'route',
  'fallbacks',
  'max_tokens',
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'seed',
  'stop',
  'tools',
  'tool_choice',
  'reasoning_effort',
  'response_format',
  'cache',
  'deadlines',
];

export const llmNode = defineNodeType({
  type: 'llm',
  aliases: ['openai', 'gpt', 'claude', 'chat', 'completion', 'ai', 'ai_model'],
  title: 'Language model',
  description:
    'Asks a language model through the gateway, so that budgets, routes and your own keys count. A repetition gets the ' +
    'answer that was paid for.',
  category: 'ai',
  outputs: () => [],
  control: null,
  effect: () => 'idempotent',
  config: Config,
  expressions: [],
  input: {},
  output: {
    type: 'object',
    properties: {
      content: { type: 'string' },
      json: { description: 'The content as JSON, where `response_format` asked for it.' },
      finish_reason: { type: ['string', 'null'] },
      token_usage: { type: 'object' },
      estimated_cost: { type: 'number', description: 'US dollars.' },
      cost_usd: { type: 'string', description: 'The same, exactly.' },
      model: { type: 'string' },
      provider: { type: 'string' },
      tool_calls: { type: ['array', 'null'] },
      call_id: { type: 'string' },
    },
    required: ['content', 'finish_reason', 'token_usage', 'estimated_cost', 'model', 'provider'],
  },
  example: {
    config: { prompt: 'Say hello to {{input.name}}.', model: 'local-small', provider: 'local', max_tokens: 50 },
    input: { name: 'Ada' },
    output: {
      content: 'Hello Ada!',
      finish_reason: 'stop',
      token_usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
      estimated_cost: 0,
      cost_usd: '0',
      model: 'local-small',
      provider: 'local',
      tool_calls: null,
      call_id: '0f3c2a4e-3f53-4a60-8f5c-6f1a3b1d2e4f',
    },
  },
  defaultTimeoutSeconds: 300,
  async run(means, config) {
    const { response, costUsd } = await ask(means, config);
    means.log('info', `${response.provider}/${response.model} answered`, {
      call_id: response.metadata.call_id,
      total_tokens: response.usage.total_tokens,
      cost_usd: costUsd,
      latency_ms: response.metadata.latency_ms,
    });
    return {
      kind: 'done',
      output: {
        content: response.content,
        ...(config.response_format && { json: readJson(response.content) }),
        finish_reason: response.finish_reason,
        token_usage: response.usage,
        estimated_cost: Number(costUsd),
        cost_usd: costUsd,
        model: response.model,
        provider: response.provider,
        tool_calls: response.tool_calls,
        call_id: response.metadata.call_id,
      },
      costUsd,
      metadata: { call_id: response.metadata.call_id },
    };
  },
});

/** What a node asks the gateway; for others too, who only want to know what it would cost. */
export const modelRequestOf = (config: Record<string, unknown>): Record<string, unknown> => toRequest(config as Config);

async function ask({ ctx, key, signal, isOutside }: RunMeans, config: Config): Promise<ModelAnswer> {
  if (isOutside) refuseOwn(config);
  try {
    return await callModel(ctx, toRequest(config), { key, signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw toCallFailure(error);
  }
}

/** Endpoints and routes are the workspace's own, with keys that nobody can grant by name. */
function refuseOwn({ route, provider, fallbacks = [] }: Config): void {
  const providers = [provider, ...fallbacks.map((one) => one['provider'])];
  const isOwn = route !== undefined || providers.some((name) => typeof name === 'string' && !findProvider(name));
  if (!isOwn) return;
  throw new NodeError(
    'not_granted',
    'A workflow of another workspace calls none of the endpoints and routes of this one.',
  );
}

function toRequest(config: Config): Record<string, unknown> {
  const messages = config.messages ?? [{ role: 'user', content: config.prompt }];
  const fields = PASSED_ON.map((name) => [name, config[name]] as const).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(fields),
    messages: config.system ? [{ role: 'system', content: config.system }, ...messages] : messages,
  };
}

/** Failures that pass, and why one waits meanwhile. */
const WAITS: Partial<Record<AppError['code'], WaitReason>> = {
  budget_exceeded: 'budget',
  provider_rate_limited: 'node_rate',
  rate_limited: 'node_rate',
  circuit_open: 'open_circuit',
  provider_unavailable: 'open_circuit',
  service_unavailable: 'open_circuit',
  model_unavailable: 'retry',
  idempotency_running: 'retry',
};

const DEFAULT_WAIT_MS: Partial<Record<WaitReason, number>> = { budget: 60 * SECOND, open_circuit: 10 * SECOND };

function toCallFailure(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  const { retryAfter, fields = [] } = error.options;
  const waitReason = WAITS[error.code];
  const faults = fields.map(({ loc, msg }) => `${loc.slice(1).join('.')} ${msg}`);
  const wait = waitReason && (retryAfter === undefined ? DEFAULT_WAIT_MS[waitReason] : retryAfter * SECOND);
  return new NodeError(error.code, [detailOf(error, 'en'), ...faults].join(' '), {
    isRetryable: waitReason !== undefined,
    retryAfterMs: wait ?? null,
    waitReason: waitReason ?? 'retry',
    cause: error,
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
