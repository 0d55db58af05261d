import { z } from 'zod';
import { isUuid } from '../../../core/ids.ts';
import { hasTemplate } from '../templates/scan.ts';
import { defineNodeType } from './node-type.ts';
import { LONGEST_WAIT_SECONDS } from './wait-form.ts';

const Name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/);

export const subWorkflowNode = defineNodeType({
  type: 'workflow',
  aliases: ['sub_workflow', 'subworkflow', 'execute_workflow', 'run_workflow'],
  title: 'Sub-workflow',
  description:
    'Runs another workflow, as an execution of its own in the same workspace, and goes on with its output. Where that ' +
    'fails or is cancelled, the node fails. A cancelled execution cancels those that it waits for. Ten may run one inside ' +
    'another.',
  category: 'action',
  outputs: () => [],
  control: null,
  // The execution has an id made of this one's, so that it begins once.
  effect: () => 'idempotent',
  config: z.looseObject({
    workflow_id: z
      .string()
      .refine((id) => isUuid(id) || hasTemplate(id), 'must be the id of a workflow')
      .meta({ description: 'A workflow of the workspace, or a public one.' }),
    version: z.coerce
      .number()
      .int()
      .min(1)
      .optional()
      .meta({ description: 'Of your own; else the one that runs if nobody says.' }),
    input: z.unknown().optional().meta({
      description: 'What its trigger gives out; else what came in. What is no object goes as `{"value": …}`.',
    }),
    grant_variables: z
      .array(Name)
      .max(100)
      .default([])
      .meta({ description: 'Names of your variables that it may read although somebody else wrote it.' }),
    wait: z.boolean().default(true).meta({ description: 'Whether to wait for its end, or to go on at once.' }),
    timeout_seconds: z.coerce
      .number()
      .int()
      .min(1)
      .max(LONGEST_WAIT_SECONDS)
      .default(3_600)
      .meta({ description: 'Seconds that it may run; what it waits for others does not count.' }),
  }),
  expressions: [],
  input: {},
  output: { description: 'What came of it; without `wait` `{execution_id}`.' },
  example: {
    config: { workflow_id: '7a1f6c1e-6f0e-4c5a-9d7e-2b8a2a1f0c11', input: { order: '{{input.id}}' } },
    input: { id: 17 },
    output: { shipped: true },
  },
  defaultTimeoutSeconds: 60,
  timesItself: true,
  run({ scope }, { workflow_id: id, version, input, grant_variables: grants, wait, timeout_seconds: timeoutSeconds }) {
    const call = {
      workflowId: id.toLowerCase(),
      version: version ?? null,
      input: toInput(input === undefined ? scope.input : input),
      grants,
      isAwaited: wait,
      timeoutSeconds,
    };
    return { kind: 'call', call, output: null };
  },
});

function toInput(value: unknown): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  return typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : { value };
}
