import { expect, test } from 'vitest';
import { decodeAddresses, encodeQuery } from '../../../src/platform/fetch/dns-message.ts';

const hex = (...parts: string[]) => Buffer.from(parts.join('').replaceAll(' ', ''), 'hex');

const QUESTION = '0377777707 6578616d706c65 03636f6d 00 0001 0001';

/** An answer with these flags, counts of records and sections (RFC 1035 §4.1). */
const answer = (flags: string, records: number, sections: string) =>
  hex('0000', flags, '0001', records.toString(16).padStart(4, '0'), '0000 0000', QUESTION, sections);

const ALIAS = 'c00c 0005 0001 0000003c 0006 03 63646e c010';
const ADDRESS = 'c02d 0001 0001 0000003c 0004 5db8d822';
const LOOPBACK = '03666f6f00 0001 0001 0000003c 0004 7f000001';

test('a question is written as RFC 8484 has it in its example', () => {
  expect(Buffer.from(encodeQuery('www.example.com', 'A')).toString('base64url')).toBe(
    'AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB',
  );
});

test('addresses are found behind aliases, and under whatever name they stand', () => {
  expect(decodeAddresses(answer('8180', 3, ALIAS + ADDRESS + LOOPBACK), 'A')).toEqual(['93.184.216.34', '127.0.0.1']);
});

test('IPv6 addresses are written out', () => {
  const record = 'c00c 001c 0001 0000003c 0010 26064700470000000000000000001111';
  expect(decodeAddresses(answer('8180', 1, record), 'AAAA')).toEqual(['2606:4700:4700:0000:0000:0000:0000:1111']);
  expect(decodeAddresses(answer('8180', 1, record), 'A')).toEqual([]);
});

test('a name that does not exist has none, and one whose servers fail or whose answer is cut has no answer', () => {
  expect(decodeAddresses(answer('8183', 0, ''), 'A')).toEqual([]);
  expect(decodeAddresses(answer('8182', 0, ''), 'A')).toBeNull();
  expect(decodeAddresses(answer('8185', 0, ''), 'A')).toBeNull();
  expect(decodeAddresses(answer('8380', 1, ADDRESS), 'A')).toBeNull();
});

test.each([
  ['nothing', hex('')],
  ['a question', answer('0100', 0, '')],
  ['fewer records than it says', answer('8180', 2, ADDRESS)],
  ['a record that is longer than the message', answer('8180', 1, 'c00c 0001 0001 0000003c ffff 5db8')],
  ['a name without end', answer('8180', 1, '3f 414141')],
])('%s is no answer', (_, message) => {
  expect(() => decodeAddresses(message, 'A')).toThrow(RangeError);
});
