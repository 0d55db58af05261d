import { z } from '@hono/zod-openapi';
import { CONNECTIONS_LIMIT, findDefinitionFaults, NODES_LIMIT } from '../core/workflow-definition.ts';
import { text } from './schemas.ts';

const NodeId = text(1, 200).openapi({ description: 'Unique among the nodes.', example: 'fetch' });

/** What an engine reads of a node; a definition is kept as it was written, half-done too, so that none of it is demanded. */
const NODE = [
  'A step; besides its id it holds whatever the editor keeps there. What is read of it when it runs:',
  '- `type`: what it does; `GET /api/v1/node-types` lists all, with their configuration, ports and examples.',
  '- `config` (or `data`, `configuration`): its configuration. In its texts `{{input.field}}`, `{{node-id.field}}`, ' +
    '`{{trigger.field}}`, `{{variables.name}}`, `{{item}}` and any other JSONata between braces are filled in, and ' +
    '`${NAME}`, in upper case, by a variable of yours. A text that is nothing else keeps the type of the value; a name that ' +
    'nothing has is an error, and a field that is not there is nothing. What comes in is the output of the node before, or ' +
    'of several an object of theirs by their ids.',
  '- `name`: for people.',
  '- `disabled`: lets through what comes in.',
  '- `retry`: `{"max_retries": 3, "delay_ms": 1000, "backoff": "exponential"}`, or `fixed`; at most 10. That is also what ' +
    'holds where it is left out, but what must not be done twice is not tried again then.',
  '- `timeout_seconds`: of one attempt, at most 3,600; else as its type says.',
  '- `continue_on_error`: goes on after a failure, with `{"error": …}` for an output.',
].join('\n');

const Node = z.looseObject({ id: NodeId }).openapi('WorkflowNode', {
  description: NODE,
  example: { id: 'fetch', type: 'http', config: { url: 'https://api.example.com/orders/{{trigger.order}}' } },
});

const Connection = z.looseObject({}).openapi('WorkflowConnection', {
  description:
    'Leads `from` one node `to` another, by their ids; `source` and `target` say the same. `fromPort` (or `sourceHandle`) ' +
    'is the way out of the former: `output` where it is left out, `error` for what happens after a failure, or what its ' +
    'type has besides, such as `true` and `false`.',
  example: { id: 'c1', from: 'fetch', to: 'answer', fromPort: 'output' },
});

const Nodes = z.array(Node).max(NODES_LIMIT);
const Connections = z.array(Connection).max(CONNECTIONS_LIMIT);

const EXAMPLE = {
  nodes: [
    { id: 'fetch', type: 'integration', name: 'Fetch the order' },
    { id: 'answer', type: 'ai', name: 'Write an answer' },
  ],
  connections: [{ id: 'c1', from: 'fetch', to: 'answer' }],
};

/** A client that has as many faults to mend reads no further. */
const FAULTS_SHOWN = 50;

/** A definition as clients send it. Some editors say `edges` for connections; they are kept under the one name. */
export const NewDefinition = z
  .looseObject({
    nodes: Nodes,
    connections: Connections.optional(),
    edges: Connections.optional().openapi({ description: 'Another name for connections.' }),
  })
  .refine(({ connections, edges }) => (connections ?? edges) !== undefined, {
    path: ['connections'],
    message: 'is required',
  })
  .transform(({ connections, edges, ...rest }) => ({ ...rest, connections: connections ?? edges ?? [] }))
  .superRefine((definition, context) => {
    for (const { path, reason } of findDefinitionFaults(definition).take(FAULTS_SHOWN)) {
      context.addIssue({ code: 'custom', path, message: reason });
    }
  })
  .openapi('NewWorkflowDefinition', {
    description: 'At most 1 MB of JSON, nested no deeper than 60; node ids are unique, and connections lead to nodes.',
    example: EXAMPLE,
  });

export type NewDefinition = z.infer<typeof NewDefinition>;

export const Definition = z
  .looseObject({
    nodes: z.array(z.unknown()).openapi({ description: 'The steps.' }),
    connections: z.array(z.unknown()).openapi({ description: 'What leads from one step to another.' }),
  })
  .openapi('WorkflowDefinition', { description: 'What a workflow does.', example: EXAMPLE });

const FieldChange = z
  .object({
    path: z.string().openapi({ description: 'JSON Pointer (RFC 6901) to the field.', example: '/data/prompt' }),
    change: z.enum(['added', 'removed', 'changed']).openapi({ description: 'What became of it.', example: 'changed' }),
  })
  .openapi('FieldChange');

const NodeChange = z
  .object({
    id: z.string().openapi({ description: 'The id of the node.', example: 'fetch' }),
    fields: z.array(FieldChange).openapi({ description: 'Where in the node.' }),
  })
  .openapi('NodeChange');

const parts = (description: string) => z.array(z.unknown()).openapi({ description });

/** What became of a definition, for the answer of a comparison: fields of an object of its own. */
export const definitionChanges = {
  nodes: z
    .object({
      added: parts('Nodes that only the latter has.'),
      removed: parts('Nodes that only the former has.'),
      changed: z.array(NodeChange).openapi({ description: 'Nodes that both have, by their ids.' }),
    })
    .openapi('VersionDiffNodes'),
  connections: z
    .object({
      added: parts('Connections that only the latter has.'),
      removed: parts('Connections that only the former has.'),
    })
    .openapi('VersionDiffConnections'),
  fields: z.array(FieldChange).openapi({ description: 'Changes of the definition beside nodes and connections.' }),
  is_truncated: z.boolean().openapi({ description: 'Whether there are more differences than are shown.' }),
};
