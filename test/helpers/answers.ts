import { findOperation, operationsAt, type Answer, type Content, type Operation, type Schema } from './document.ts';
import { findFaults } from './schemas.ts';

/** An answer that the document does not describe. */
export class UndocumentedAnswer extends Error {
  override readonly name = 'UndocumentedAnswer';
}

/** Headers of the transport and of browsers' rules, which no operation describes. All others must be described. */
const AMBIENT_HEADERS = new Set([
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'access-control-max-age',
  'content-encoding',
  'content-length',
  'content-security-policy',
  'content-type',
  'cross-origin-opener-policy',
  'date',
  'origin-agent-cluster',
  'permissions-policy',
  'referrer-policy',
  'strict-transport-security',
  'transfer-encoding',
  'vary',
  'x-content-type-options',
  'x-dns-prefetch-control',
  'x-download-options',
  'x-frame-options',
  'x-permitted-cross-domain-policies',
  'x-xss-protection',
]);

const PROBLEM = 'application/problem+json';
const OPENAI_ERROR = '#/components/schemas/OpenaiError';

/** Whether a path is of those where clients of OpenAI's call, whose errors have its form. */
export const isOpenai = (pathname: string) => pathname.startsWith('/v1/');

/** What every path answers where no operation is described. */
const UNDESCRIBED: Record<number, { codes: string[]; headers: string[] }> = {
  404: { codes: ['not_found'], headers: [] },
  405: { codes: ['method_not_allowed'], headers: ['allow'] },
  413: { codes: ['payload_too_large'], headers: [] },
  503: { codes: ['misconfigured'], headers: ['retry-after'] },
};

/**
 * Reads an answer and compares it with the document: status, content type, headers, body, and the code of a problem.
 * A stream, a socket and the answer to a preflight have no body here; the stream is left to the caller.
 * @throws {UndocumentedAnswer} which names every difference.
 */
export async function checkAnswer(method: string, pathname: string, response: Response): Promise<unknown> {
  if (method === 'OPTIONS') return null;
  const operation = findOperation(method, pathname);
  const called = `${method} ${operation?.path ?? pathname}`;
  const answer = operation ? operation.responses[response.status] : undescribed(pathname, response.status);
  if (!answer) {
    throw new UndocumentedAnswer(
      `${called} answered ${response.status}, but describes ${statusesOf(operation)}: ${await excerpt(response)}`,
    );
  }
  const faults = [...headerFaults(answer, response.headers)];
  const { body, bodyFaults } = await readBody(method, answer, response);
  faults.push(...bodyFaults);
  if (faults.length > 0) {
    throw new UndocumentedAnswer(
      [`${called} answered ${response.status} other than it describes:`, ...faults, JSON.stringify(body)].join('\n  '),
    );
  }
  return body;
}

function undescribed(pathname: string, status: number): Answer | undefined {
  const entry = UNDESCRIBED[status];
  if (!entry || (operationsAt(pathname).length > 0 && status === 404)) return undefined;
  const content: Content = isOpenai(pathname)
    ? { 'application/json': { schema: { $ref: OPENAI_ERROR } } }
    : { [PROBLEM]: { schema: { $ref: '#/components/schemas/Problem' } } };
  return {
    description: 'A path or method that no operation has.',
    content,
    headers: Object.fromEntries(
      ['x-request-id', 'server-timing', 'x-process-time', ...entry.headers].map((name) => [
        name,
        { required: entry.headers.includes(name), schema: { type: 'string' } },
      ]),
    ),
    'x-problem-codes': entry.codes,
  };
}

const statusesOf = (operation: Operation | undefined) => Object.keys(operation?.responses ?? UNDESCRIBED).join(', ');

async function excerpt(response: Response): Promise<string> {
  return response.webSocket ? 'a WebSocket' : (await response.clone().text()).slice(0, 500);
}

function* headerFaults(answer: Answer, headers: Headers): Generator<string> {
  const described = new Map(Object.entries(answer.headers ?? {}).map(([name, header]) => [name.toLowerCase(), header]));
  for (const [name, header] of described) {
    const value = headers.get(name);
    if (value === null && header.required) yield `header ${name}: is missing`;
    if (value !== null) for (const fault of findFaults(header.schema, value)) yield `header ${name}: ${fault}`;
  }
  for (const [name] of headers) {
    if (!described.has(name) && !AMBIENT_HEADERS.has(name)) yield `header ${name}: is not described`;
  }
}

async function readBody(method: string, answer: Answer, response: Response) {
  if (response.webSocket) return { body: null, bodyFaults: [] };
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? null;
  if (method === 'HEAD' || !answer.content) {
    const bytes = (await response.arrayBuffer()).byteLength;
    return { body: null, bodyFaults: bytes > 0 ? [`body: has ${bytes} bytes, but none are described`] : [] };
  }
  const content = type === null ? undefined : answer.content[type];
  if (!content) {
    const expected = Object.keys(answer.content).join(' or ');
    return { body: await response.text(), bodyFaults: [`content-type: is ${type} and not ${expected}`] };
  }
  if (type === 'text/event-stream') return { body: null, bodyFaults: [] };
  if (type!.startsWith('text/')) return { body: await response.text(), bodyFaults: [] };
  if (!/[/+]json$/.test(type!)) return { body: await response.bytes(), bodyFaults: [] };
  return readJson(answer, response, type === PROBLEM, content.schema);
}

async function readJson(answer: Answer, response: Response, isProblem: boolean, schema: Schema = {}) {
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { body: text, bodyFaults: ['body: is not JSON'] };
  }
  const bodyFaults = findFaults(schema, body).map((fault) => `body ${fault}`);
  if (isProblem) bodyFaults.push(...problemFaults(answer, body as Record<string, unknown>, response.status));
  if (schema.$ref === OPENAI_ERROR) bodyFaults.push(...openaiFaults(answer, body as { error: any }, response.status));
  return { body, bodyFaults };
}

/** What a schema cannot say: the codes of this very answer, and fields that repeat each other. */
function* problemFaults(answer: Answer, problem: Record<string, unknown>, status: number): Generator<string> {
  const codes = answer['x-problem-codes'] ?? [];
  if (!codes.includes(String(problem.code))) yield `body code: ${problem.code} is not one of ${codes.join(', ')}`;
  if (problem.status !== status) yield `body status: is ${problem.status}`;
  if (problem.type !== `/problems/${problem.code}`) yield `body type: is ${problem.type}`;
  if (problem.message !== problem.detail) yield 'body message: is not the detail';
  if (problem.error !== problem.title) yield 'body error: is not the title';
  if (/\{\w+\}/.test(String(problem.detail))) yield `body detail: has an empty placeholder: ${problem.detail}`;
}

/** What OpenAI calls errors of these statuses. */
const OPENAI_TYPES: Record<number, string> = {
  402: 'insufficient_quota',
  403: 'permission_error',
  429: 'rate_limit_error',
  500: 'server_error',
  503: 'server_error',
};

function* openaiFaults(answer: Answer, { error }: { error: any }, status: number): Generator<string> {
  const codes = answer['x-error-codes'] ?? answer['x-problem-codes'] ?? [];
  if (!codes.includes(error?.code)) yield `body error.code: ${error?.code} is not one of ${codes.join(', ')}`;
  const type = OPENAI_TYPES[status] ?? 'invalid_request_error';
  if (error?.type !== type) yield `body error.type: is ${error?.type} and not ${type}`;
  if (/\{\w+\}/.test(String(error?.message))) yield `body error.message: has an empty placeholder: ${error.message}`;
}
