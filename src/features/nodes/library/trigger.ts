import { z } from 'zod';
import { defineNodeType } from './node-type.ts';

/** Where an execution begins. Its output is what the execution was started with. */
export const triggerNode = defineNodeType({
  type: 'trigger',
  aliases: ['manual', 'manual_trigger', 'start', 'input'],
  title: 'Trigger',
  description: 'Where an execution begins, when somebody starts it. Its output is the input of the execution.',
  category: 'trigger',
  outputs: () => [],
  control: 'trigger',
  effect: () => 'pure',
  isComputed: true,
  config: z.looseObject({
    defaults: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'Fields of the output that the input of the execution does not have.' }),
  }),
  expressions: [],
  input: {},
  output: { type: 'object', description: 'The input of the execution, with the defaults.' },
  example: {
    config: { defaults: { greeting: 'Hello' } },
    input: { name: 'Ada' },
    output: { greeting: 'Hello', name: 'Ada' },
  },
  defaultTimeoutSeconds: 10,
  run: ({ scope }, { defaults }) => ({
    kind: 'done',
    output: defaults && isObject(scope.trigger) ? { ...defaults, ...scope.trigger } : (scope.trigger ?? defaults ?? {}),
  }),
});

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
