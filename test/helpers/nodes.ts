import type { Ctx } from '../../src/context.ts';
import type { Actor } from '../../src/core/actor.ts';
import type { Role } from '../../src/core/permissions.ts';
import {
  executeNode,
  findNodeType,
  type NodeMeans,
  type NodeOutcome,
  type NodeScope,
} from '../../src/features/nodes/index.ts';
import type { User } from './actors.ts';
import { createTestCtx } from './context.ts';

export type Run = { ctx?: Ctx; scope?: Partial<NodeScope>; key?: string; signal?: AbortSignal; granted?: string[] };

export type LogLine = [level: string, message: string, context?: Record<string, unknown>];

/** Runs one node by itself, as an engine would, and returns what came of it together with what it wrote. */
export async function runNode(
  type: string,
  config: Record<string, unknown>,
  input: unknown = {},
  { ctx = createTestCtx(), scope = {}, key = crypto.randomUUID(), signal, granted }: Run = {},
): Promise<{ outcome: NodeOutcome; logs: LogLine[] }> {
  const logs: LogLine[] = [];
  const means: NodeMeans = {
    ctx,
    scope: scopeOf(input, scope),
    key,
    attempt: 1,
    signal: signal ?? new AbortController().signal,
    log: (...line) => void logs.push(line),
    grantedVariables: granted ?? null,
  };
  return { outcome: await executeNode(findNodeType(type)!, config, means), logs };
}

/** What a node put out. */
export async function outputOf(
  type: string,
  config: Record<string, unknown>,
  input?: unknown,
  run?: Run,
): Promise<any> {
  return (await runNode(type, config, input, run)).outcome.output;
}

export const scopeOf = (input: unknown, scope: Partial<NodeScope> = {}): NodeScope => ({
  input,
  inputs: typeof input === 'object' && input !== null && !Array.isArray(input) ? { ...input } : {},
  nodes: {},
  trigger: input,
  context: {},
  variables: {},
  execution: { id: 'e', workflow_id: 'w', user_id: 'u', node_id: 'n', started_at: '2026-01-01T00:00:00.000Z' },
  ...scope,
});

/** A context that acts for somebody in a workspace, as an engine makes one. */
export function ctxOf({ id, username, email }: User, workspaceId: string, role: Role = 'owner'): Ctx {
  const actor = {
    kind: 'user',
    user: { id, username, email, isActive: true, isVerified: true, isSuperuser: false },
    credential: { kind: 'session', id: crypto.randomUUID(), expiresAt: new Date(Date.now() + 3_600_000) },
    workspace: { id: workspaceId, role, rights: [], scopes: null },
  } as unknown as Actor;
  return createTestCtx({ actor });
}
