import { z } from 'zod';
import { requireWorkspace } from '../../../core/actor.ts';
import { checkJson } from '../../../core/json-schema.ts';
import { isUuid } from '../../../core/ids.ts';
import { countUse, findNode, type NodeRow } from '../reusable/queries.ts';
import { defineNodeType, NodeError, type RunMeans } from './node-type.ts';

export const reusableNode = defineNodeType({
  type: 'node',
  aliases: ['reusable', 'reusable_node', 'custom', 'operation'],
  title: 'Reusable node',
  description:
    'Runs a node that you or others have defined (`/nodes`): its code over what came in, checked against its schemas.',
  category: 'data',
  outputs: () => [],
  control: null,
  effect: () => 'pure',
  isComputed: true,
  config: z.looseObject({
    node_id: z.string().refine(isUuid, 'must be the id of a node').meta({ description: 'The node.' }),
    parameters: z
      .record(z.string(), z.unknown())
      .default({})
      .meta({ description: 'What its code knows as `$parameters`.' }),
  }),
  expressions: [],
  input: {},
  output: {},
  example: {
    config: { node_id: '7a1f6c1e-6f0e-4c5a-9d7e-2b8a2a1f0c11', parameters: { factor: 2 } },
    input: { number: 21 },
    output: 42,
  },
  defaultTimeoutSeconds: 60,
  async run(means, { node_id: id, parameters }) {
    const node = await load(means, id);
    check(node.parametersSchema, parameters, 'parameters');
    check(node.inputSchema, means.scope.input, 'input');
    // The code may be a stranger's: it gets what came in and its parameters, and nothing else of the execution's.
    const input = means.scope.input ?? null;
    const nobody = { item: undefined, index: undefined, execution: {}, user_id: undefined };
    const hidden = { variables: {}, context: {}, nodes: {}, inputs: {}, trigger: input, user_variables: {}, ...nobody };
    const output = (await means.evaluate(node.codeTemplate, 'code_template', { ...hidden, parameters }, input)) ?? null;
    check(node.outputSchema, output, 'output');
    return { kind: 'done', output, metadata: { node_id: node.id, node_version: node.version } };
  },
});

/** The node, counted as used at the first attempt, in one round trip. */
async function load({ ctx, attempt }: RunMeans, id: string): Promise<NodeRow> {
  const place = { workspaceId: requireWorkspace(ctx.actor).id, nodeId: id.toLowerCase() };
  const select = findNode(ctx.db, place);
  const rows = attempt > 1 ? await select : (await ctx.db.batch([select, countUse(ctx.db, place)]))[0];
  const [node] = rows;
  if (!node) throw new NodeError('node_not_found', `There is no node ${id} here.`);
  return node;
}

function check(schema: Record<string, unknown> | null, value: unknown, what: string): void {
  if (!schema || Object.keys(schema).length === 0) return;
  const { valid, faults } = checkJson(schema, value ?? null);
  if (valid === null) throw new NodeError('schema_too_complex', `The schema of its ${what} takes too many steps.`);
  if (valid) return;
  const text = faults.map(({ path, message }) => `${path || 'the whole'} ${message}`).join('; ');
  throw new NodeError('not_valid', `Not valid as its ${what}: ${text}.`, { details: { what, errors: faults } });
}
