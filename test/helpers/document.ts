import openapi from '../../src/openapi.json' with { type: 'json' };

export type Schema = { [keyword: string]: unknown };
export type Header = { required?: boolean; schema: Schema };
export type Parameter = { name: string; in: 'query' | 'path' | 'header'; required?: boolean; schema: Schema };
export type Content = Record<string, { schema?: Schema }>;

/** One answer that an operation describes. */
export type Answer = {
  description: string;
  headers?: Record<string, Header>;
  content?: Content;
  'x-problem-codes'?: string[];
  /** The codes that clients see, where they differ from ours. */
  'x-error-codes'?: string[];
};

export type Operation = {
  method: string;
  path: string;
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  deprecated?: boolean;
  parameters: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, Answer>;
  security: Record<string, string[]>[];
  'x-access': string;
  'x-rate-limit': string;
};

export type Document = {
  paths: Record<string, Record<string, Omit<Operation, 'method' | 'path'>>>;
  components: Record<string, Record<string, unknown>>;
  tags: { name: string; description: string }[];
};

export const DOCUMENT = openapi as unknown as Document;

/** What a `$ref` into the document points to, or the thing itself. */
export function resolve<T>(node: T): T {
  const reference = (node as { $ref?: unknown } | null | undefined)?.$ref;
  if (typeof reference !== 'string') return node;
  const path = reference.replace(/^#\//, '').split('/');
  const target = path.reduce((at: unknown, key) => (at as Record<string, unknown> | undefined)?.[key], DOCUMENT);
  if (target === undefined) throw new Error(`The document has no ${reference}`);
  return resolve(target as T);
}

/** Every described operation, references resolved but those of schemas, in the order in which they are mounted. */
export const OPERATIONS: readonly Operation[] = Object.entries(DOCUMENT.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    ...operation,
    method: method.toUpperCase(),
    path,
    parameters: (operation.parameters ?? []).map(resolve),
    responses: Object.fromEntries(Object.entries(operation.responses).map(([k, v]) => [k, resolveAnswer(v)])),
  })),
);

function resolveAnswer(reference: Answer): Answer {
  const answer = resolve(reference);
  const headers = Object.entries(answer.headers ?? {}).map(([name, header]) => [name, resolve(header)]);
  return { ...answer, headers: Object.fromEntries(headers) };
}

const patterns = new Map(OPERATIONS.map(({ path }) => [path, toPattern(path)]));

function toPattern(path: string): RegExp {
  const segments = path
    .split('/')
    .map((segment) => (segment.startsWith('{') ? '[^/]+' : segment.replaceAll('.', '\\.')));
  return new RegExp(`^${segments.join('/')}$`);
}

/** The operations of a path, whatever their method: the first path that matches is the one that is served. */
export function operationsAt(pathname: string): Operation[] {
  const path = pathname.replace(/(.)\/$/, '$1');
  const matching = OPERATIONS.filter((operation) => patterns.get(operation.path)!.test(path));
  return matching.filter((operation) => operation.path === matching[0]!.path);
}

/** The operation that serves a request; HEAD is served as GET is. */
export function findOperation(method: string, pathname: string): Operation | undefined {
  const served = method === 'HEAD' ? 'GET' : method;
  const path = pathname.replace(/(.)\/$/, '$1');
  return OPERATIONS.find((operation) => operation.method === served && patterns.get(operation.path)!.test(path));
}

export const isWebSocket = (operation: Operation) => '101' in operation.responses;

export const isEventStream = (operation: Operation) =>
  Object.values(operation.responses).some((answer) => 'text/event-stream' in (answer.content ?? {}));

/** The operation that a deprecated one tells people to call instead. */
export function successorOf({ description }: Operation): Operation | undefined {
  const [, method, path, operationId] = /Call `(\w+) (\S+)` \(`(\w+)`\) instead\./.exec(description) ?? [];
  return OPERATIONS.find((one) => one.method === method && one.path === path && one.operationId === operationId);
}

/** What an operation is known by, whichever path it is called at. */
export const nameOf = (operation: Operation) => (successorOf(operation) ?? operation).operationId;
