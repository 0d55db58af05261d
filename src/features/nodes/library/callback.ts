import { z } from 'zod';
import { SECOND } from '../../../core/time.ts';
import { METHODS } from '../../../platform/fetch/request.ts';
import { readBody } from './http-body.ts';
import { toHttpFailure, toStatusFailure } from './http-failures.ts';
import { effectOfRequest, toBody } from './http.ts';
import { defineNodeType, NodeError, type RunMeans } from './node-type.ts';
import { toFormSchema, WaitForm, waitSeconds } from './wait-form.ts';

const DEFAULT_SECONDS = 24 * 60 * 60;

const Request = z.looseObject({
  url: z.string().min(1).meta({ description: 'Where to send it; only addresses of the public internet.' }),
  method: z
    .string()
    .transform((method) => method.toUpperCase())
    .pipe(z.enum(METHODS))
    .default('POST'),
  headers: z.record(z.string(), z.coerce.string()).default({}),
  body: z.unknown().optional().meta({ description: 'Else `{"callback_url": …}`.' }),
  idempotency_key: z
    .union([z.boolean(), z.string().min(1).max(255)])
    .default(false)
    .meta({ description: 'Sent as Idempotency-Key; with it a POST or PATCH may be repeated after an interruption.' }),
});

type Request = z.infer<typeof Request>;

export const callbackNode = defineNodeType({
  type: 'wait_for_callback',
  aliases: ['webhook_wait', 'callback', 'wait_for_webhook'],
  title: 'Wait for a callback',
  description:
    'Waits until somebody calls `{{callback.url}}`, once, and goes on with what was sent there. A `request` is sent before, ' +
    'by which another service may learn the address. Waiting costs nothing. Where nothing follows `timeout`, the node ' +
    'fails as `not_answered` then.',
  category: 'flow',
  outputs: () => ['output', 'timeout'],
  control: null,
  effect: ({ request }) =>
    typeof request === 'object' && request !== null ? effectOfRequest({ method: 'POST', ...request }) : 'idempotent',
  config: z.looseObject({
    title: z.string().trim().min(1).max(200).default('Callback').meta({ description: 'What is waited for.' }),
    request: Request.optional().meta({
      description: 'What to send before; a body of `{{callback.url}}` where absent.',
    }),
    schema: WaitForm.optional().meta({ description: 'What the body must be, as JSON Schema; others are refused.' }),
    timeout_seconds: waitSeconds(DEFAULT_SECONDS),
  }),
  expressions: [],
  input: {},
  output: { description: 'What was sent; on `timeout` `{decision: "timeout"}`.' },
  example: {
    config: {
      request: { url: 'https://render.example.com/jobs', body: { video: '{{input.id}}', notify: '{{callback.url}}' } },
      timeout_seconds: 3_600,
    },
    input: { id: 17 },
    output: { status: 'done' },
  },
  defaultTimeoutSeconds: 120,
  timesItself: true,
  async run(means, { title, request, schema, timeout_seconds: seconds }) {
    const { openWait, hide, scope } = means;
    if (!openWait || !scope.callback) throw new NodeError('cannot_wait', 'Nothing can be waited for here.');
    hide(scope.callback.url);
    const until = Date.now() + seconds * SECOND;
    await openWait({
      kind: 'callback',
      title: title.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim(),
      message: null,
      form: toFormSchema(schema),
      approvers: [],
      role: 'member',
      hasLink: true,
      expiresAt: until,
    });
    if (request) await send(means, request, scope.callback.url);
    return { kind: 'wait', reason: 'callback', until, output: null };
  },
});

async function send({ ctx, key, signal, log }: RunMeans, request: Request, callbackUrl: string): Promise<void> {
  const { url, method, idempotency_key: given } = request;
  const headers = new Map(Object.entries(request.headers));
  if (given) headers.set('Idempotency-Key', given === true ? key : given);
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? toBody(request.body ?? { callback_url: callbackUrl }, headers) : null;
  const mayRepeat = effectOfRequest(request) !== 'unsafe';
  try {
    const answer = await ctx.guardedFetch(url, { method, headers: [...headers], body, signal });
    const said = await readBody(answer);
    if (answer.status < 200 || answer.status > 299) throw toStatusFailure(answer, said, mayRepeat);
    log('info', `${method} ${new URL(answer.url).host} answered ${answer.status}`);
  } catch (error) {
    throw toHttpFailure(error, mayRepeat);
  }
}
