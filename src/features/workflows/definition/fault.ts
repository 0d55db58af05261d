/** What can be wrong with a definition, for programs. */
export type FaultCode =
  | 'empty'
  | 'not_a_node'
  | 'duplicate_id'
  | 'unknown_type'
  | 'invalid_config'
  | 'missing_variable'
  | 'not_a_connection'
  | 'unknown_node'
  | 'unknown_port'
  | 'cycle'
  | 'enters_loop'
  | 'leaves_loop'
  | 'no_start'
  | 'into_trigger'
  | 'unreachable'
  | 'empty_loop'
  | 'too_many_loops';

export type Fault = {
  /** With an error it does not run; a warning says that it may not do what is meant. */
  severity: 'error' | 'warning';
  code: FaultCode;
  /** Null where it is about the whole. */
  nodeId: string | null;
  /** The field of the node, its path joined by dots; null where it is about the whole node. */
  field: string | null;
  message: string;
  /** Of a fault about a variable. */
  variable: string | null;
  /** Where it stands in the definition, outermost first. */
  path: (string | number)[];
};

/** A client that has as many faults to mend reads no further. */
export const FAULTS_LIMIT = 200;

const WARNINGS: ReadonlySet<FaultCode> = new Set(['unreachable', 'leaves_loop', 'empty_loop', 'into_trigger']);

export const faultOf = (
  code: FaultCode,
  message: string,
  path: Fault['path'] = [],
  { nodeId = null, field = null, variable = null }: Partial<Pick<Fault, 'nodeId' | 'field' | 'variable'>> = {},
): Fault => ({ severity: WARNINGS.has(code) ? 'warning' : 'error', code, nodeId, field, message, variable, path });

/** Ids are as long as their author made them. */
export const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
