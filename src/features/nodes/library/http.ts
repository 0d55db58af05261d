import { z } from 'zod';
import { METHODS } from '../../../platform/fetch/request.ts';
import { readPath } from './compare.ts';
import { authorize, HttpAuth } from './http-auth.ts';
import { readBody } from './http-body.ts';
import { toHttpFailure, toStatusFailure } from './http-failures.ts';
import { defineNodeType, NodeError, type NodeEffect, type RunMeans } from './node-type.ts';

const BODY_LIMIT = 10 * 1024 * 1024;

const Config = z.looseObject({
  url: z.string().min(1).meta({ description: 'Where to send it; only addresses of the public internet.' }),
  method: z
    .string()
    .transform((method) => method.toUpperCase())
    .pipe(z.enum(METHODS))
    .optional()
    .meta({ description: 'GET where absent, or POST where there is a body.' }),
  headers: z.record(z.string(), z.coerce.string()).default({}).meta({ description: 'Headers by name.' }),
  params: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.coerce.string())]))
    .default({})
    .meta({ description: 'Parameters of the query, added to those of the URL; a list repeats its name.' }),
  body: z.unknown().optional().meta({ description: 'A text as it is; anything else as JSON.' }),
  dynamic_body: z.string().optional().meta({ description: 'The body, computed (JSONata).' }),
  ...HttpAuth.shape,
  timeout: z.coerce.number().min(1).max(300).default(30).meta({ description: 'Seconds for all of it.' }),
  follow_redirects: z.boolean().default(true).meta({ description: 'Up to five, each checked like the URL.' }),
  response_path: z.string().optional().meta({ description: 'A part of the answer, such as `data.items.0.id`.' }),
  validate_status: z
    .union([z.boolean(), z.array(z.coerce.number().int())])
    .default(true)
    .meta({ description: 'Whether the node fails unless the status is 2xx, or one of these.' }),
  idempotency_key: z
    .union([z.boolean(), z.string().min(1).max(255)])
    .default(false)
    .meta({
      description:
        'Sent as Idempotency-Key; true for one that is the same at every attempt. With it a POST or PATCH may be ' +
        'repeated.',
    }),
});
type Config = z.infer<typeof Config>;

/** What HTTP itself says of repeating a request (RFC 9110 §9.2). */
const EFFECTS: Record<string, NodeEffect> = {
  GET: 'pure',
  HEAD: 'pure',
  OPTIONS: 'pure',
  PUT: 'idempotent',
  DELETE: 'idempotent',
};

/** What happens when a request with this configuration is sent twice. */
export function effectOfRequest(config: Record<string, unknown>): NodeEffect {
  const effect = EFFECTS[methodOf(config).toUpperCase()] ?? 'unsafe';
  return effect === 'unsafe' && config.idempotency_key ? 'idempotent' : effect;
}

function methodOf({ method, body, dynamic_body: dynamicBody }: Record<string, unknown>): string {
  if (method !== undefined) return typeof method === 'string' ? method : '';
  return body === undefined && dynamicBody === undefined ? 'GET' : 'POST';
}

export const httpNode = defineNodeType({
  type: 'http',
  aliases: ['api', 'rest', 'webhook', 'request', 'http_request', 'api_call', 'integration'],
  title: 'HTTP request',
  description:
    'Sends a request to a server of the public internet. It fails unless the status is 2xx; 429 and 5xx may be tried ' +
    'again, when `Retry-After` says. Set-Cookie and what was sent stay out of the output.',
  category: 'integration',
  outputs: () => [],
  control: null,
  effect: effectOfRequest,
  config: Config,
  expressions: ['dynamic_body'],
  input: {},
  output: {
    type: 'object',
    properties: {
      status: { type: 'integer' },
      body: { description: 'JSON as it is, text as text, anything else in base64.' },
      headers: { type: 'object' },
      content_type: { type: ['string', 'null'] },
      url: { type: 'string', description: 'Where the answer came from, after redirects.' },
      extracted_value: { description: 'Where `response_path` is given.' },
    },
    required: ['status', 'body', 'headers', 'content_type', 'url'],
  },
  example: {
    config: {
      url: 'https://api.example.com/orders',
      method: 'POST',
      body: { customer: '{{input.customer}}' },
      auth_type: 'bearer',
      token: '${SHOP_TOKEN}',
      idempotency_key: true,
      response_path: 'id',
    },
    input: { customer: 17 },
    output: {
      status: 201,
      body: { id: 'o-1' },
      headers: { 'content-type': 'application/json' },
      content_type: 'application/json',
      url: 'https://api.example.com/orders',
      extracted_value: 'o-1',
    },
  },
  defaultTimeoutSeconds: 300,
  run: sendRequest,
});

async function sendRequest(means: RunMeans, config: Config) {
  const method = methodOf(config);
  const url = toUrl(config);
  const headers = new Map(Object.entries(config.headers));
  await authorize(means, config, headers, url);
  if (config.idempotency_key) {
    headers.set('Idempotency-Key', config.idempotency_key === true ? means.key : config.idempotency_key);
  }
  const given =
    config.dynamic_body === undefined ? config.body : await means.evaluate(config.dynamic_body, 'dynamic_body');
  const body = toBody(given, headers);
  const mayRepeat = effectOfRequest(config) !== 'unsafe';
  const startedAt = Date.now();
  try {
    const answer = await means.ctx.guardedFetch(
      url.href,
      {
        method,
        headers: [...headers],
        body: method === 'GET' || method === 'HEAD' ? null : body,
        redirect: config.follow_redirects ? 'follow' : 'manual',
        signal: means.signal,
      },
      { timeMs: config.timeout * 1000, responseBytes: BODY_LIMIT, requestBytes: BODY_LIMIT },
    );
    const output = {
      status: answer.status,
      body: await readBody(answer),
      headers: Object.fromEntries([...answer.headers].filter(([name]) => name !== 'set-cookie')),
      content_type: answer.headers.get('content-type'),
      url: answer.url,
    };
    means.log('info', `${method} ${new URL(answer.url).host} answered ${answer.status}`, {
      status: answer.status,
      duration_ms: Date.now() - startedAt,
    });
    if (!isExpected(answer.status, config.validate_status)) throw toStatusFailure(answer, output.body, mayRepeat);
    if (config.response_path === undefined) return { kind: 'done' as const, output };
    const extracted = readPath(output.body, config.response_path) ?? null;
    return { kind: 'done' as const, output: { ...output, extracted_value: extracted } };
  } catch (error) {
    throw toHttpFailure(error, mayRepeat);
  }
}

function isExpected(status: number, validate: Config['validate_status']): boolean {
  if (Array.isArray(validate)) return validate.includes(status);
  return !validate || (status >= 200 && status < 300);
}

function toUrl({ url: text, params }: Config): URL {
  if (!URL.canParse(text)) throw new NodeError('invalid_config', 'url: is not an absolute URL');
  const url = new URL(text);
  for (const [name, value] of Object.entries(params)) {
    for (const one of [value].flat()) if (one !== null) url.searchParams.append(name, String(one));
  }
  return url;
}

/** A body that is no text goes as JSON, which the header says unless it says something else. */
export function toBody(body: unknown, headers: Map<string, string>): string | null {
  if (body === undefined || body === null) return null;
  if (typeof body === 'string') return body;
  const isTyped = [...headers.keys()].some((name) => name.toLowerCase() === 'content-type');
  const isForm = isTyped && [...headers].some(([name, type]) => isFormType(name, type));
  if (isForm && typeof body === 'object') {
    return new URLSearchParams(Object.entries(body).map(([name, value]) => [name, String(value)])).toString();
  }
  if (!isTyped) headers.set('Content-Type', 'application/json');
  return JSON.stringify(body);
}

const isFormType = (name: string, type: string): boolean =>
  name.toLowerCase() === 'content-type' && type.startsWith('application/x-www-form-urlencoded');
