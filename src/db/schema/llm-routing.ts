import {
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  real,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import {
  STRATEGIES,
  type Deadlines,
  type RouteDecision,
  type RouteFacts,
  type RouteTarget,
  type Shadow,
} from '../../core/llm-route.ts';
import { createdAt, id, moment, updatedAt } from '../columns.ts';
import { users } from './identity.ts';
import { createdBy, workspaceId } from './owners.ts';
import { workspaces } from './workspaces.ts';

/** How a workspace spreads its calls over models. What targets, deadlines and shadow hold is said in `core/llm-route.ts`. */
export const llmRoutes = pgTable(
  'llm_routes',
  {
    id: id(),
    workspaceId: workspaceId(),
    createdBy: createdBy(),
    /** What requests call it by. */
    name: text('name').notNull(),
    strategy: text('strategy', { enum: STRATEGIES }).notNull(),
    targets: jsonb('targets').$type<RouteTarget[]>().notNull(),
    deadlines: jsonb('deadlines').$type<Deadlines>().notNull().default({}),
    /** How long an answer serves equal requests; 0 asks anew each time. */
    cacheSeconds: integer('cache_seconds').notNull().default(0),
    shadow: jsonb('shadow').$type<Shadow>(),
    isActive: boolean('is_active').notNull().default(true),
    version: integer('version').notNull().default(1),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    uniqueIndex('llm_routes_name_key').on(t.workspaceId, t.name),
    index('llm_routes_created_by_idx').on(t.createdBy),
    index('llm_routes_workspace_id_idx').on(t.workspaceId, t.createdAt, t.id),
  ],
);

/** What a route decided, with all that it decided by, so that anybody can decide again. */
export const llmRouteDecisions = pgTable(
  'llm_route_decisions',
  {
    id: id(),
    workspaceId: workspaceId(),
    createdBy: uuid('created_by')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    routeId: uuid('route_id'),
    /** Null for a dry run. */
    callId: uuid('call_id'),
    facts: jsonb('facts').$type<RouteFacts>().notNull(),
    decision: jsonb('decision').$type<RouteDecision>().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    index('llm_route_decisions_workspace_id_idx').on(t.workspaceId, t.createdAt, t.id),
    index('llm_route_decisions_created_by_idx').on(t.createdBy),
    index('llm_route_decisions_created_at_idx').on(t.createdAt),
  ],
);

/** Which call answered a request, by the keyed hash of the request: its object still has the answer. */
export const llmCachedAnswers = pgTable(
  'llm_cached_answers',
  {
    workspaceId: workspaceId(),
    requestHash: text('request_hash').notNull(),
    callId: uuid('call_id').notNull(),
    hits: integer('hits').notNull().default(0),
    expiresAt: moment('expires_at').notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.requestHash] }),
    index('llm_cached_answers_expires_at_idx').on(t.expiresAt),
  ],
);

/** How a shadow's answer compares with the one that the caller got; the texts themselves are kept nowhere. */
export const llmComparisons = pgTable(
  'llm_comparisons',
  {
    /** The shadow's call. */
    shadowCallId: uuid('shadow_call_id').primaryKey(),
    workspaceId: workspaceId(),
    routeId: uuid('route_id').notNull(),
    callId: uuid('call_id').notNull(),
    /** From 0, no word in common, to 1; null where one of the two has no complete answer. */
    similarity: real('similarity'),
    createdAt: createdAt(),
  },
  (t) => [
    index('llm_comparisons_workspace_id_idx').on(t.workspaceId),
    index('llm_comparisons_route_id_idx').on(t.routeId, t.createdAt),
  ],
);

/** Circuits that have opened at some time, as they are now. Those of a workspace's own endpoint belong to it. */
export const llmCircuits = pgTable(
  'llm_circuits',
  {
    /** The name of the object that keeps it. */
    name: text('name').primaryKey(),
    workspaceId: uuid('workspace_id').references(() => workspaces.id, { onDelete: 'cascade' }),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    state: text('state', { enum: ['closed', 'open', 'half_open'] }).notNull(),
    /** Of the minute before it changed. */
    calls: integer('calls').notNull(),
    failedCalls: integer('failed_calls').notNull(),
    retryAt: moment('retry_at'),
    changedAt: moment('changed_at').notNull(),
  },
  (t) => [index('llm_circuits_workspace_id_idx').on(t.workspaceId)],
);
