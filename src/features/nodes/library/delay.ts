import { z } from 'zod';
import { DAY, HOUR, MINUTE, SECOND } from '../../../core/time.ts';
import { defineNodeType, NodeError } from './node-type.ts';

const LONGEST_DAYS = 30;

const amount = (unit: string) =>
  z.coerce
    .number()
    .min(0)
    .optional()
    .meta({ description: `How many ${unit} to wait; amounts of several units are added.` });

export const delayNode = defineNodeType({
  type: 'delay',
  aliases: ['wait', 'sleep'],
  title: 'Delay',
  description: 'Waits for a time, or until one, and goes on with what came in. Waiting costs nothing.',
  category: 'flow',
  outputs: () => [],
  control: null,
  effect: () => 'pure',
  isComputed: true,
  config: z.looseObject({
    ms: amount('milliseconds'),
    seconds: amount('seconds'),
    minutes: amount('minutes'),
    hours: amount('hours'),
    days: amount('days'),
    until: z.string().optional().meta({ description: 'A time (ISO 8601). One that has passed is not waited for.' }),
  }),
  expressions: [],
  input: {},
  output: { description: 'What came in.' },
  example: { config: { seconds: 0 }, input: { order: 17 }, output: { order: 17 } },
  defaultTimeoutSeconds: 10,
  run({ scope }, { ms = 0, seconds = 0, minutes = 0, hours = 0, days = 0, until }) {
    // A repetition waits until the same time.
    const now = scope.clock?.now ?? Date.now();
    const from = until === undefined ? now : Date.parse(until);
    if (Number.isNaN(from)) throw new NodeError('invalid_config', 'until: is not a time (ISO 8601)');
    const time = from + ms + seconds * SECOND + minutes * MINUTE + hours * HOUR + days * DAY;
    if (time > now + LONGEST_DAYS * DAY) {
      throw new NodeError('invalid_config', `A delay takes ${LONGEST_DAYS} days at most.`);
    }
    if (time <= now) return { kind: 'done', output: scope.input ?? null };
    return { kind: 'sleep', until: Math.ceil(time), output: scope.input ?? null };
  },
});
