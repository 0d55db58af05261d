type Reference = { $ref: string };
type Header = { description: string; required?: boolean; schema: object };
type Answer = {
  description?: string;
  headers?: Record<string, unknown>;
  content?: Record<string, object>;
  'x-problem-codes'?: string[];
};
type Operation = { deprecated?: boolean; responses?: Record<string, Answer | Reference> };

/** The parts of a document that are worked on here. */
export type Document = {
  paths?: Record<string, Record<string, Operation>>;
  components?: Record<string, Record<string, object>>;
};

const HEADERS: Record<string, Header & { name: string }> = {
  RequestId: {
    name: 'X-Request-ID',
    description: 'Names the request in the log: the one that the client sent, or a new one.',
    required: true,
    schema: { type: 'string', examples: ['7a1f6c1e-6f0e-4c5a-9d7e-2b8a2a1f0c11'] },
  },
  ServerTiming: {
    name: 'Server-Timing',
    description: 'Milliseconds in all, and at the database, with the number of round trips.',
    schema: { type: 'string', examples: ['total;dur=12, db;dur=4;desc="1"'] },
  },
  ProcessTime: {
    name: 'X-Process-Time',
    description: 'Seconds in all.',
    schema: { type: 'string', examples: ['0.012'] },
  },
  RetryAfter: {
    name: 'Retry-After',
    description: 'Seconds after which trying again makes sense.',
    required: true,
    schema: { type: 'string', pattern: '^\\d+$', examples: ['60'] },
  },
  Challenge: {
    name: 'WWW-Authenticate',
    description: 'How to authenticate (RFC 9110 §11.6.1).',
    required: true,
    schema: { type: 'string', examples: ['Bearer'] },
  },
  Allow: {
    name: 'Allow',
    description: 'The methods that it takes (RFC 9110 §10.2.1).',
    required: true,
    schema: { type: 'string', examples: ['POST'] },
  },
  Upgrade: {
    name: 'Upgrade',
    description: 'The protocol that the path speaks (RFC 9110 §15.5.22).',
    required: true,
    schema: { type: 'string', examples: ['websocket'] },
  },
  NoStore: {
    name: 'Cache-Control',
    description: 'A stream is for its reader alone.',
    schema: { type: 'string', examples: ['no-store'] },
  },
  NoBuffering: {
    name: 'X-Accel-Buffering',
    description: 'Tells proxies to pass each event on at once.',
    schema: { type: 'string', examples: ['no'] },
  },
  Deprecation: {
    name: 'Deprecation',
    description: 'Since when the operation is deprecated, in seconds of Unix time (RFC 9745).',
    schema: { type: 'string', pattern: '^@\\d+$', examples: ['@1796083200'] },
  },
  Sunset: {
    name: 'Sunset',
    description: 'When the operation ends (RFC 8594).',
    schema: { type: 'string', examples: ['Wed, 01 Dec 2027 00:00:00 GMT'] },
  },
  Successor: {
    name: 'Link',
    description: 'What to call instead, as `successor-version` (RFC 5829).',
    schema: { type: 'string', examples: ['</api/v1/workspaces>; rel="successor-version"'] },
  },
};

const ON_EVERY_ANSWER = ['RequestId', 'ServerTiming', 'ProcessTime'];

const ON_PROBLEMS: Record<string, string[]> = {
  401: ['Challenge'],
  405: ['Allow'],
  426: ['Upgrade'],
  429: ['RetryAfter'],
  503: ['RetryAfter'],
};

const ON_STREAMS = ['NoStore', 'NoBuffering'];

/** Not on what is refused before the path is looked at, such as a body that is too large. */
const ON_DEPRECATED = ['Deprecation', 'Sunset', 'Successor'];

const component = (kind: string, name: string): Reference => ({ $ref: `#/components/${kind}/${name}` });

const headerReferences = (names: string[]) =>
  Object.fromEntries(names.map((name) => [HEADERS[name]!.name, component('headers', name)]));

/** Adds the headers of every answer, and lets operations share the answers that only carry a problem. */
export function completeAnswers<D extends Document>(document: D): D {
  const components = { ...document.components };
  components.headers = Object.fromEntries(
    Object.entries(HEADERS).map(([key, { name: _, ...header }]) => [key, header]),
  );
  components.responses = {};
  for (const operation of Object.values(document.paths ?? {}).flatMap((item) => Object.values(item))) {
    for (const [status, answer] of Object.entries(operation.responses ?? {})) {
      if ('$ref' in answer) continue;
      answer.headers = { ...headersOf(operation, status, answer), ...answer.headers };
      const codes = answer['x-problem-codes'];
      if (!codes || Object.keys(answer.content ?? {}).length > 1) continue;
      const name = nameOf(operation, answer, codes);
      components.responses[name] = answer;
      operation.responses![status] = component('responses', name);
    }
  }
  return { ...document, components };
}

function headersOf({ deprecated }: Operation, status: string, answer: Answer): Record<string, Reference> {
  const names = [...ON_EVERY_ANSWER, ...(deprecated ? ON_DEPRECATED : [])];
  if (answer['x-problem-codes']) names.push(...(ON_PROBLEMS[status] ?? []));
  if (answer.content && 'text/event-stream' in answer.content) names.push(...ON_STREAMS);
  return headerReferences(names);
}

/**
 * `not_found`, `forbidden` → `NotFoundOrForbidden`; those of deprecated operations have headers of their own, and those
 * in OpenAI's form are no problems.
 */
function nameOf({ deprecated }: Operation, { content = {} }: Answer, codes: string[]): string {
  const names = codes.map((code) => code.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase()));
  const form = 'application/json' in content ? 'Openai' : '';
  return `${deprecated ? 'Deprecated' : ''}${form}${names.join('Or')}`;
}
