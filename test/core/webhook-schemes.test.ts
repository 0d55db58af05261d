import { describe, expect, test } from 'vitest';
import {
  createSecret,
  secretFault,
  signMessage,
  verifyMessage,
  type SignatureRule,
} from '../../src/core/webhook-schemes.ts';

const verify = (
  rule: SignatureRule,
  headers: Record<string, string>,
  body: string,
  secrets: string[],
  now: number,
  windowMs = 300_000,
) => verifyMessage(rule, { headers: new Headers(headers), body: Buffer.from(body) }, secrets, { now, windowMs });

/** As the documentation of each service has them. */
const VECTORS = [
  {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    rule: { scheme: 'github' },
    secret: "It's a Secret to Everybody",
    body: 'Hello, World!',
    headers: { 'X-Hub-Signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17' },
    sentAt: null,
  },
  {
    // https://api.slack.com/authentication/verifying-requests-from-slack
    rule: { scheme: 'slack' },
    secret: '8f742231b10e8888abcd99yyyzzz85a5',
    body:
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar' +
      '&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com' +
      '%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.' +
      '803a0bc887a14d10d2c447fce8b6703c',
    headers: {
      'X-Slack-Signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
      'X-Slack-Request-Timestamp': '1531420618',
    },
    sentAt: 1_531_420_618_000,
  },
  {
    // The vector of the libraries of https://www.standardwebhooks.com
    rule: { scheme: 'standard' },
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    body: '{"test": 2432232314}',
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    sentAt: 1_614_265_330_000,
  },
] as const satisfies { rule: SignatureRule; [field: string]: unknown }[];

describe.each(VECTORS)('the known message of $rule.scheme', ({ rule, secret, body, headers, sentAt }) => {
  const now = sentAt ?? Date.now();

  test('is authentic, and by its own secret alone', () => {
    expect(verify(rule, headers, body, [secret], now)).toMatchObject({ fault: null, sentAt, byFormer: false });
    expect(verify(rule, headers, body, ['another', secret], now)).toMatchObject({ fault: null, byFormer: true });
    expect(verify(rule, headers, body, ['another secret'], now).fault).toBe('signature_invalid');
    expect(verify(rule, headers, body, [], now).fault).toBe('signature_invalid');
  });

  test('is not once a byte of it is another', () => {
    expect(verify(rule, headers, `${body} `, [secret], now).fault).toBe('signature_invalid');
    for (const [name, value] of Object.entries(headers)) {
      const changed = value.replace(/.$/, (last) => (last === '0' ? '1' : last === '=' ? 'A' : '0'));
      expect(verify(rule, { ...headers, [name]: changed }, body, [secret], now).fault).toBe('signature_invalid');
      const { [name as keyof typeof headers]: _, ...others } = headers as Record<string, string>;
      expect(verify(rule, others, body, [secret], now).fault).toBe('signature_missing');
    }
  });

  test.runIf(sentAt !== null)('is stale before and after its window, to the millisecond', () => {
    for (const off of [300_000, -300_000]) expect(verify(rule, headers, body, [secret], now + off).fault).toBeNull();
    for (const off of [300_001, -300_001]) {
      expect(verify(rule, headers, body, [secret], now + off).fault).toBe('timestamp_stale');
    }
  });
});

const RULES: SignatureRule[] = [
  { scheme: 'standard' },
  { scheme: 'github' },
  { scheme: 'stripe' },
  { scheme: 'slack' },
  { scheme: 'hmac', header: 'x-a', prefix: 'p=', encoding: 'base64', algorithm: 'sha512', timestamp_header: 'x-t' },
  { scheme: 'hmac', header: 'x-a', prefix: '', encoding: 'hex', algorithm: 'sha1', timestamp_header: null },
  { scheme: 'token', header: 'x-gitlab-token' },
  { scheme: 'bearer' },
  { scheme: 'basic' },
];

describe.each(RULES)('a secret that is made for $scheme', (rule) => {
  test('is a good one, and what it signs is authentic', () => {
    const secret = createSecret(rule)!;
    expect(secretFault(rule, secret)).toBeNull();
    const sentAt = new Date();
    const headers = signMessage(rule, { id: 'msg_1', sentAt, body: '{"é":1}' }, secret);
    expect(verify(rule, headers, '{"é":1}', [secret], sentAt.getTime()).fault).toBeNull();
    expect(verify(rule, headers, '{"é":1}', [createSecret(rule)!], sentAt.getTime()).fault).toBe('signature_invalid');
    expect(verify(rule, {}, '{"é":1}', [secret], sentAt.getTime()).fault).toBe('signature_missing');
  });
});

test('nobody signs where that is said', () => {
  expect(createSecret({ scheme: 'none' })).toBeNull();
  expect(secretFault({ scheme: 'none' }, 'x'.repeat(20))).not.toBeNull();
  expect(verify({ scheme: 'none' }, {}, 'anything', [], Date.now()).fault).toBeNull();
});

test.each([
  ['standard', 'whsec_short'],
  ['github', 'too short'],
  ['github', `line\nbreak${'x'.repeat(20)}`],
  ['bearer', 'has a space in its middle'],
  ['basic', 'no-colon-in-this-at-all'],
] as const)('no secret of %s is %j', (scheme, secret) => {
  expect(secretFault({ scheme }, secret)).not.toBeNull();
});
