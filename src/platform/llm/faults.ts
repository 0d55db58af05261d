import { redactSecrets } from '../../core/masking.ts';
import { ProviderError, unavailable, type FaultKind, type ProviderFault } from './chat.ts';
import { toGuardFault } from './guard-fault.ts';
import type { Connection } from './provider.ts';

/** What an answer with a status of failure says. */
export function toStatusFault(
  { status, headers }: { status: number; headers: Headers },
  text: string,
  connection: Connection,
): ProviderFault {
  const retryAfter = readRetryAfter(headers);
  return { ...describe(parse(text) ?? text, status, connection), retryAfter };
}

/** What an error says that comes among the pieces of an answer. */
export const toStreamError = (error: unknown, connection: Connection): ProviderError =>
  new ProviderError({ ...describe(error, null, connection), retryAfter: null });

/** Names what went wrong in the middle of an answer. */
export function toProviderError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  return new ProviderError(toGuardFault(error) ?? unavailable('the provider broke off, or sent something unreadable'));
}

function describe(body: unknown, known: number | null, connection: Connection): Omit<ProviderFault, 'retryAfter'> {
  const { code, message } = readBody(body);
  // Errors inside a stream carry no status; OpenRouter's have one as their code.
  const status = known ?? (/^[45]\d\d$/.test(code) ? Number(code) : null);
  return {
    kind: kindOf(status, code, message),
    message: redact(message || `status ${status ?? 'unknown'}`, connection),
    status,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Some answer with whole pages. */
const READ_LIMIT = 4000;

/**
 * The code and the words of an error: OpenAI's form, Google's array of it, xAI's bare text, Mistral's list of details
 * and Cloudflare's of errors.
 */
function readBody(body: unknown): { code: string; message: string } {
  if (typeof body === 'string') return { code: '', message: body.slice(0, READ_LIMIT) };
  if (Array.isArray(body)) return readBody(body[0]);
  if (typeof body !== 'object' || body === null) return { code: '', message: '' };
  const { error, errors, detail, message, msg, code, type, status } = body as Record<string, unknown>;
  if (error !== undefined) return readBody(error);
  if (Array.isArray(errors) && errors.length > 0) return readBody(errors[0]);
  const words = [message, msg, detail].find((value) => value !== undefined && value !== null);
  const [name = ''] = [code, status, type].filter((value) => typeof value === 'string' || typeof value === 'number');
  const text = typeof words === 'string' ? words : readBody(words).message;
  return { code: String(name), message: text.slice(0, READ_LIMIT) };
}

/** What providers say, by code or in words, where the status says too little; the first that fits. */
const SIGNS: readonly [FaultKind, RegExp][] = [
  ['no_credit', /insufficient[_ ](quota|balance|credit|fund)|credit balance is too low/i],
  ['key_refused', /api[_ ]key (not valid|invalid|expired)|(invalid|incorrect)[_ ]api[_ ]key|API_KEY_INVALID/i],
  ['too_long', /context[_ ]?(length|window|size)|maximum context|(prompt|input) is too long|input token count/i],
  ['too_long', /maximum prompt length|too many (input )?tokens|reduce the length|request[_ ]too[_ ]large/i],
  ['filtered', /content[_ ](filter|policy|management)|moderation|flagged|safety (system|setting|polic)/i],
  [
    'model_missing',
    /model[_ ]not[_ ](found|exist)|model .{0,200}(does not exist|not exist|not found|is not (available|supported))|(invalid|unknown|no such) model/i,
  ],
];

/** Statuses at which the words count: the provider blames the request, or the key. */
const BLAMING = new Set([400, 402, 403, 404, 413, 422, 429]);

const BY_STATUS: Record<number, FaultKind> = {
  400: 'rejected',
  401: 'key_refused',
  402: 'no_credit',
  403: 'key_refused',
  404: 'model_missing',
  413: 'too_long',
  422: 'rejected',
  429: 'rate_limited',
};

/** OpenRouter's word for a request that none of the model's hosts serves in full. */
const NO_HOST = /no endpoints found that (support|can handle)/i;

function kindOf(status: number | null, code: string, message: string): FaultKind {
  if (status === null) return 'unavailable';
  if (status === 404 && NO_HOST.test(message)) return 'rejected';
  const sign = BLAMING.has(status) && SIGNS.find(([, words]) => words.test(code) || words.test(message));
  return sign ? sign[0] : (BY_STATUS[status] ?? 'unavailable');
}

const MESSAGE_LIMIT = 500;

/** Keys, organisations, projects and accounts by the forms that they have: those of others may be quoted too. */
const SECRET_FORMS = /\b(sk|pk|rk|gsk|xai|org|proj)[-_][\w*.-]{4,}|\bAIza[\w-]{10,}|\b[\da-f]{32,}\b/gi;

/** The provider's own words, without the keys that some quote back. */
function redact(message: string, { apiKey, organization }: Connection): string {
  const secrets = [apiKey, organization].filter((secret) => secret !== undefined);
  const redacted = redactSecrets(message, secrets).replace(SECRET_FORMS, '****');
  // As the ledger can keep them: PostgreSQL takes neither NUL nor half a character.
  return redacted.slice(0, MESSAGE_LIMIT).replaceAll('\0', '').toWellFormed();
}

/** Seconds from now, rounded up, for either form of the header (RFC 9110 §10.2.3) and OpenAI's finer one. */
function readRetryAfter(headers: Headers): number | null {
  const milliseconds = Number(headers.get('retry-after-ms') ?? NaN);
  if (milliseconds > 0) return Math.ceil(milliseconds / 1000);
  const value = headers.get('retry-after') ?? '';
  const seconds = /^[\d.]+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return seconds > 0 ? Math.ceil(seconds) : null;
}
