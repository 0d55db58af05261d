import type { RemoteAnswer } from '../../../platform/fetch/guarded-fetch.ts';

const TEXT = /^(text\/|application\/(xml|javascript|x-www-form-urlencoded|x-ndjson|yaml)\b)|\+xml\b/;
const JSON_TYPE = /^application\/json\b|\+json\b/;

/** What an answer says: JSON as it is, text as text, anything else in base64. Null where there is nothing. */
export async function readBody(answer: RemoteAnswer): Promise<unknown> {
  const type = (answer.headers.get('content-type') ?? '').toLowerCase();
  const bytes = await answer.bytes();
  if (bytes.byteLength === 0) return null;
  if (type !== '' && !TEXT.test(type) && !JSON_TYPE.test(type)) return Buffer.from(bytes).toString('base64');
  // NUL is no text that PostgreSQL would keep.
  const text = new TextDecoder().decode(bytes).replaceAll('\0', '\ufffd');
  if (type !== '' && !JSON_TYPE.test(type)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
