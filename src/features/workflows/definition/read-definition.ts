/** A node of a definition, whatever its editor calls things. */
export type DefinitionNode = {
  id: string;
  /** As written; `findNodeType` knows the synonyms. */
  type: string;
  name: string | null;
  /** Under `data`, `config` or `configuration`, those further right winning. */
  config: Record<string, unknown>;
  isDisabled: boolean;
  retry: { maxRetries: number; delayMs: number; backoff: 'fixed' | 'exponential' } | null;
  timeoutSeconds: number | null;
  continueOnError: boolean;
  /** The reusable node that it is made from. */
  nodeId: string | null;
};

export type Edge = {
  id: string;
  from: string;
  /** `output` unless said otherwise. */
  fromPort: string;
  to: string;
  /** `input` unless said otherwise. */
  toPort: string;
};

export type ReadDefinition = { nodes: DefinitionNode[]; edges: Edge[]; variables: string[] };
