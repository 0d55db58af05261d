import { AppError } from '../../../../core/errors.ts';
import { redactSecrets } from '../../../../core/masking.ts';
import { findUnstorable } from '../../../../core/storable.ts';
import { proofHeaders, type SignatureRule } from '../../../../core/webhook-schemes.ts';

/** A call as it came. */
export type Call = { method: string; url: URL; headers: Headers; bytes: Uint8Array; receivedAt: Date };

/**
 * What a body says: JSON as it is, a form by its fields, any other text as a text; null where there is none.
 * @throws {AppError} `unsupported_media_type`, `malformed_request` or `validation_failed`
 */
export async function readBody({ headers, bytes }: Call): Promise<unknown> {
  if (bytes.byteLength === 0) return null;
  const contentType = headers.get('content-type') ?? '';
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase();
  const body = await parse(type, contentType, bytes);
  const fault = findUnstorable(body);
  if (fault === null) return body;
  throw new AppError('validation_failed', {
    fields: [{ loc: ['body', ...fault.path], msg: fault.reason, type: 'unstorable' }],
  });
}

async function parse(type: string, contentType: string, bytes: Uint8Array): Promise<unknown> {
  if (type === '' || type === 'application/json' || type.endsWith('+json')) return parseJson(bytes);
  if (type === 'application/x-www-form-urlencoded' || type === 'multipart/form-data') {
    return parseForm(contentType, bytes);
  }
  if (type.startsWith('text/') || type === 'application/xml' || type.endsWith('+xml')) return toText(bytes);
  throw new AppError('unsupported_media_type');
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(toText(bytes));
  } catch (error) {
    throw error instanceof AppError ? error : malformed('the body is not JSON');
  }
}

async function parseForm(contentType: string, bytes: Uint8Array): Promise<unknown> {
  const entries = await new Response(bytes as BodyInit, { headers: { 'Content-Type': contentType } })
    .formData()
    .then((form) => [...form] as [string, unknown][])
    .catch(() => {
      throw malformed('the form is malformed');
    });
  // A workflow has no use for files that nobody keeps.
  if (entries.some(([, value]) => typeof value !== 'string')) throw new AppError('unsupported_media_type');
  return collect(entries as [string, string][]);
}

function toText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw malformed('the body is not UTF-8');
  }
}

const malformed = (reason: string) => new AppError('malformed_request', { params: { reason } });

/** By name; of what comes several times, a list. */
export function collect(entries: Iterable<[string, string]>): Record<string, string | string[]> {
  const groups = Map.groupBy([...entries], ([name]) => name);
  return Object.fromEntries(
    [...groups].map(([name, all]) => [name, all.length === 1 ? all[0]![1] : all.map(([, value]) => value)]),
  );
}

const HEADERS_LIMIT = 60;
const VALUE_LIMIT = 2_000;

/** Credentials, and what the network has put there about people and places. */
const HIDDEN =
  /^(cookie|cf-|x-forwarded-|x-real-ip$|true-client-ip$|forwarded$|proxy-|sec-)|authorization|signature|secret|token|password|api-?key/;

/** Headers that may be seen, kept and given to the workflow: none that shows who calls or that they may. */
export function visibleHeaders(
  headers: Headers,
  rule: SignatureRule,
  secrets: readonly string[],
): Record<string, string> {
  const proofs = proofHeaders(rule);
  const visible = [...headers].filter(([name]) => !HIDDEN.test(name) && !proofs.includes(name));
  const bounded = visible.slice(0, HEADERS_LIMIT).map(([name, value]) => [name, clean(value, secrets)]);
  return Object.fromEntries(bounded) as Record<string, string>;
}

/** Secrets are looked for as well where they do not belong. Headers are bytes, of which the database takes not all. */
const clean = (value: string, secrets: readonly string[]) =>
  redactSecrets(value.replaceAll('\0', '').toWellFormed(), secrets).slice(0, VALUE_LIMIT).toWellFormed();

/** Parameters of the address, without secrets. */
export const visibleQuery = ({ url }: Call, secrets: readonly string[]) =>
  collect([...url.searchParams].map(([name, value]) => [clean(name, secrets), clean(value, secrets)]));
