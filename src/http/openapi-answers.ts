import { PROBLEM_MEDIA_TYPE } from './errors/problem.ts';

type Reference = { $ref: string };
type Header = { description: string; required?: boolean; schema: object };
type Answer = {
  description?: string;
  headers?: Record<string, unknown>;
  content?: Record<string, object>;
  'x-problem-codes'?: string[];
};
type Operation = { responses?: Record<string, Answer | Reference> };

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
};

const ON_EVERY_ANSWER = ['RequestId', 'ServerTiming', 'ProcessTime'];

const ON_PROBLEMS: Record<string, string[]> = {
  401: ['Challenge'],
  426: ['Upgrade'],
  429: ['RetryAfter'],
  503: ['RetryAfter'],
};

const ON_STREAMS = ['NoStore', 'NoBuffering'];

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
      answer.headers = { ...headersOf(status, answer), ...answer.headers };
      if (!isProblemAlone(answer)) continue;
      const name = nameOf(answer['x-problem-codes'] ?? [status]);
      components.responses[name] = answer;
      operation.responses![status] = component('responses', name);
    }
  }
  return { ...document, components };
}

function headersOf(status: string, answer: Answer): Record<string, Reference> {
  const names = [...ON_EVERY_ANSWER];
  if (answer['x-problem-codes']) names.push(...(ON_PROBLEMS[status] ?? []));
  if (answer.content && 'text/event-stream' in answer.content) names.push(...ON_STREAMS);
  return headerReferences(names);
}

function isProblemAlone({ content = {} }: Answer): boolean {
  return Object.keys(content).join() === PROBLEM_MEDIA_TYPE;
}

/** `not_found`, `forbidden` → `NotFoundOrForbidden`. */
function nameOf(codes: string[]): string {
  return codes.map((code) => code.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())).join('Or');
}
