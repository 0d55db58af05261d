import { createHash } from 'node:crypto';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether PostgreSQL would take the text as a UUID; any other text in a statement is an error. */
export const isUuid = (text: string) => UUID.test(text);

/** An id that says what something is made of, so that the same again has the same: a UUID of version 8 (RFC 9562, §5.8). */
export function digestUuid(...parts: (string | number)[]): string {
  const hex = createHash('sha256').update(parts.join('/')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
