import type { z } from 'zod';
import type { ExpressionClock } from '../../../core/expression-clock.ts';
import type { Ctx } from '../../../context.ts';

/**
 * What happens when a node runs twice: nothing that anybody notices (`pure`), the same as once, because what it calls
 * knows a repetition by its key (`idempotent`), or something more (`unsafe`), so that it is never repeated by itself.
 */
export type NodeEffect = 'pure' | 'idempotent' | 'unsafe';

/** What expressions and templates of a node see. */
export type NodeScope = {
  /** What came in: the output of the node before, or of several by their ids. */
  input: unknown;
  /** Outputs of the nodes before, by their ids. */
  inputs: Record<string, unknown>;
  /** Outputs of every node that has ended, by its id; read when asked for. */
  nodes: Record<string, { output: unknown }>;
  /** What the execution was started with. */
  trigger: unknown;
  context: Record<string, unknown>;
  /** Values by name: those of the request, and what `set` nodes have set. Not the user's variables. */
  variables: Record<string, unknown>;
  execution: { id: string; workflow_id: string; user_id: string | null; node_id: string; started_at: string };
  /** In a loop. */
  item?: unknown;
  index?: number;
  /** When it is for the node, and what chance gives it; now and anything where left out. */
  clock?: ExpressionClock;
  /** Where a node that waits for a call is answered; of other nodes there is none. */
  callback?: { url: string };
};

/** What a node waits for that somebody is to decide or to call. */
export type NewWait = {
  kind: 'approval' | 'callback';
  title: string;
  message: string | null;
  /** What an answer's data must be, as JSON Schema. */
  form: Record<string, unknown> | null;
  /** Members by user name, address or id; where nobody is named, whoever has that role. */
  approvers: string[];
  role: 'member' | 'admin' | 'owner';
  /** Whether whoever has the link may answer. */
  hasLink: boolean;
  expiresAt: number;
};

export type NodeLogLevel = 'debug' | 'info' | 'warning' | 'error' | 'critical';

/** What a node is run with. */
export type NodeMeans = {
  /** Acts for whoever started the execution, with what they grant to whoever wrote it. */
  ctx: Ctx;
  scope: NodeScope;
  /** Whether the workflow is another workspace's, which has not everything at hand that this one has. */
  isOutside?: boolean;
  /** The same at every attempt of one node in one execution, and of no other: by it repetitions are known. */
  key: string;
  /** From 1. */
  attempt: number;
  signal: AbortSignal;
  log: (level: NodeLogLevel, message: string, context?: Record<string, unknown>) => void;
  /** Says what it waits for, to those who may answer: once, however often it is called. Missing where nothing waits. */
  openWait?: (wait: NewWait) => Promise<void>;
};

/** What a kind of node itself is given: beside those means, a way to evaluate, and what is known to be secret. */
export type RunMeans = NodeMeans & {
  /**
   * Evaluates an expression of the configuration over the input; `more` are further names, without `$`.
   * @param field where the expression stands, for the error.
   * @throws {NodeError}
   */
  evaluate: (text: string, field: string, more?: Record<string, unknown>, input?: unknown) => Promise<unknown>;
  /** Values of the user's variables by name, only those that are granted. */
  loadVariables: (names: readonly string[]) => Promise<Map<string, string>>;
  /** Has a value masked in everything that leaves the node. */
  hide: (secret: string) => void;
};

export type NodeOutcome =
  | {
      kind: 'done';
      output: unknown;
      /** Which way it goes on; left out for `output`. */
      port?: string;
      /** US dollars, as an exact decimal. */
      costUsd?: string;
      /** Variables for the nodes after it. */
      variables?: Record<string, unknown>;
      metadata?: Record<string, unknown>;
    }
  /** It has ended at that time (milliseconds since 1970), and costs nothing until then. */
  | { kind: 'sleep'; until: number; output: unknown }
  /** It ends with the answer to what it has opened by `openWait`, or goes on by `timeout` at that time. */
  | { kind: 'wait'; reason: 'approval' | 'callback'; until: number; output: null }
  /** Another workflow runs in its place, and it ends as that does. */
  | { kind: 'call'; call: WorkflowCall; output: null };

/** A workflow that is to run as a part of another one. */
export type WorkflowCall = {
  workflowId: string;
  /** Null for the one that runs if nobody says. */
  version: number | null;
  input: Record<string, unknown>;
  /** Names of the user's variables that it may read where somebody else wrote it. */
  grants: string[];
  /** Whether the node ends as that does, or as soon as it has begun. */
  isAwaited: boolean;
  timeoutSeconds: number;
};

/** Why something waits, in words that clients can tell apart. */
export type WaitReason =
  | 'workspace_limit'
  | 'workflow_limit'
  | 'previous_run'
  | 'node_rate'
  | 'budget'
  | 'schedule'
  | 'pause'
  | 'open_circuit'
  | 'engine_stopped'
  | 'retry'
  | 'approval'
  | 'callback'
  | 'sub_workflow';

/** A node failed in a way that somebody can do something about. */
export class NodeError extends Error {
  override readonly name = 'NodeError';
  /** snake_case, for programs. */
  readonly code: string;
  /** Whether another attempt may do better. */
  readonly isRetryable: boolean;
  /** When, if that is known; and why it waits until then. */
  readonly retryAfterMs: number | null;
  readonly waitReason: WaitReason;
  readonly details: Record<string, unknown>;

  constructor(
    code: string,
    message: string,
    options: {
      isRetryable?: boolean;
      retryAfterMs?: number | null;
      waitReason?: WaitReason;
      details?: Record<string, unknown>;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.isRetryable = options.isRetryable ?? false;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.waitReason = options.waitReason ?? 'retry';
    this.details = options.details ?? {};
  }
}

/** A kind of step that workflows are made of. */
export type NodeType<C = never> = {
  /** The name that definitions use; the aliases say the same. */
  type: string;
  aliases: readonly string[];
  title: string;
  description: string;
  category: 'trigger' | 'ai' | 'integration' | 'data' | 'flow' | 'action';
  /** What leads out of it besides `output`, given its configuration; `error` is there for every node. */
  outputs: (config: Record<string, unknown>) => readonly string[];
  /** What an engine treats by itself: where a run begins, where ways meet, and what is done for each item. */
  control: 'trigger' | 'merge' | 'loop' | null;
  effect: (config: Record<string, unknown>) => NodeEffect;
  /**
   * Whether what it gives follows from its scope and its configuration alone, so that a replay computes it anew; what
   * others gave is taken from the record.
   */
  isComputed?: boolean;
  /** Its configuration once templates are resolved. */
  config: z.ZodType<C>;
  /** Fields of the configuration that are expressions, in which templates stay; `*` stands for any index or name. */
  expressions: readonly string[];
  input: Record<string, unknown>;
  output: Record<string, unknown>;
  example: { config: Record<string, unknown>; input: unknown; output: unknown };
  defaultTimeoutSeconds: number;
  /** Whether `timeout_seconds` says how long it waits, and not how long an attempt may take. */
  timesItself?: true;
  run: (means: RunMeans, config: C) => Promise<NodeOutcome> | NodeOutcome;
};

/** Lets kinds of all configurations stand in one list: what they are run with has passed their own schema. */
export const defineNodeType = <C>(type: NodeType<C>): NodeType => type as unknown as NodeType;
