import type { RequestOptions } from './api.ts';
import { nameOf, type Operation } from './document.ts';
import { fillPath, sampleBody, sampleQuery } from './samples.ts';
import type { Part, World } from './world.ts';

/** What an operation is called with in a world, by one of its people: about what really is there. */
export type WorldRequest = {
  path: string;
  body: unknown;
  options: RequestOptions;
  /** Whether the body names something of the world's. */
  isAboutWorld: boolean;
};

type Query = Record<string, string>;

export function requestIn(world: World, operation: Operation, part: Part): WorldRequest {
  const sample = BODIES[nameOf(operation)] ?? sampleBody(operation);
  const body = settle(sample, world, part);
  const [sampled, query] = [sampleQuery(operation), settle(sampleQuery(operation), world, part) as Query];
  return {
    path: fillPath(operation, ({ name }) => String(requireIn(world, name, part))),
    body,
    isAboutWorld: JSON.stringify([body, query]) !== JSON.stringify([sample, sampled]),
    options: {
      query,
      headers: selectsWorkspace(operation) ? { 'X-Workspace-Id': world.workspaceId } : {},
    },
  };
}

/** Where a schema cannot say what is needed: one field of several, or one in the body or the query; or for one action. */
const BODIES: Record<string, object> = {
  bulkUpdateMembers: { action: 'change_role', member_ids: [1], new_role: 'viewer' },
  transferWorkspace: { user_id: 'the target' },
  generateTextWithProvider: { prompt: 'Hello' },
  countTokens: { text: 'Hello' },
  countTokensWithProvider: { text: 'Hello' },
  createRoute: { name: 'spread', strategy: 'fallback', targets: [{ provider: 'local', model: 'local-small' }] },
  tryRoute: { route: 'world', request: { messages: [{ role: 'user', content: 'Hello' }] } },
  createUsageLog: { provider: 'local', model: 'local-small', input_tokens: 1, output_tokens: 1 },
};

/** Whether a header says which workspace it is about. */
export const selectsWorkspace = ({ parameters }: Operation) =>
  parameters.some((parameter) => parameter.in === 'header' && parameter.name === 'x-workspace-id');

function requireIn(world: World, name: string, part: Part): string | number {
  const value = name === 'workspace_id' ? world.workspaceId : world.find(name, part);
  if (value === undefined) {
    throw new Error(`There is no {${name}} to try this with: let createWorld of test/helpers/world.ts make one.`);
  }
  return value;
}

/** A body whose fields name what is in the world: `project_id`, or all of one in `project_ids`. */
function settle(value: unknown, world: World, part: Part, name = ''): unknown {
  // Paths are about oneself where they may be, bodies about somebody else.
  const found = world.find(name.replace(/s$/, ''), name === 'user_id' ? 'target' : part);
  if (found !== undefined) return name.endsWith('s') ? [found] : found;
  if (Array.isArray(value)) return value.map((item) => settle(item, world, part));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, settle(inner, world, part, key)]));
}
