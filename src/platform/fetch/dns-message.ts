/** DNS messages as they travel (RFC 1035 §4), as far as looking addresses up needs them. */

/** The records that hold addresses, by their type (RFC 1035, RFC 3596). */
export const RECORD_TYPES = { A: 1, AAAA: 28 } as const;

export type RecordType = keyof typeof RECORD_TYPES;

const HEADER_BYTES = 12;
const CLASS_IN = 1;
const RECURSION_DESIRED = 0x0100;
const IS_RESPONSE = 0x8000;
const IS_TRUNCATED = 0x0200;
const RCODE = 0x000f;
const NO_ERROR = 0;
const NO_SUCH_NAME = 3;
const ADDRESS_BYTES: Record<RecordType, number> = { A: 4, AAAA: 16 };

/** Asks for one type of record. The id is 0, so that caches see equal questions (RFC 8484 §4.1). */
export function encodeQuery(name: string, type: RecordType): Uint8Array {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]);
  const message = Buffer.alloc(HEADER_BYTES + labels.length + 5);
  message.writeUInt16BE(RECURSION_DESIRED, 2);
  message.writeUInt16BE(1, 4);
  message.set(labels, HEADER_BYTES);
  message.writeUInt16BE(RECORD_TYPES[type], message.length - 4);
  message.writeUInt16BE(CLASS_IN, message.length - 2);
  return message;
}

/**
 * The addresses of a type in an answer, whatever name they stand under: a resolver lists aliases and what they lead to
 * side by side. Null when the name's own servers gave no proper answer, and none at all when there is no such name.
 * @throws {RangeError} when the message is not one
 */
export function decodeAddresses(bytes: Uint8Array, type: RecordType): string[] | null {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = message.readUInt16BE(2);
  if (!(flags & IS_RESPONSE)) throw new RangeError('not an answer');
  if ((flags & RCODE) === NO_SUCH_NAME) return [];
  if ((flags & RCODE) !== NO_ERROR || flags & IS_TRUNCATED) return null;
  let at = HEADER_BYTES;
  for (let question = message.readUInt16BE(4); question > 0; question--) at = skipName(message, at) + 4;
  const addresses: string[] = [];
  for (let record = message.readUInt16BE(6); record > 0; record--) {
    at = skipName(message, at);
    const length = message.readUInt16BE(at + 8);
    const data = message.subarray(at + 10, at + 10 + length);
    if (data.length < length) throw new RangeError('an incomplete record');
    if (message.readUInt16BE(at) === RECORD_TYPES[type] && length === ADDRESS_BYTES[type]) addresses.push(format(data));
    at += 10 + length;
  }
  return addresses;
}

/** Where a name ends: at its empty label, or at a pointer to the rest of it (RFC 1035 §4.1.4). */
function skipName(message: Buffer, start: number): number {
  for (let at = start; ;) {
    const length = message.readUInt8(at);
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
    if (length === 0) return at;
  }
}

function format(data: Buffer): string {
  if (data.length === ADDRESS_BYTES.A) return data.join('.');
  return data.toString('hex').replace(/(....)(?!$)/g, '$1:');
}
