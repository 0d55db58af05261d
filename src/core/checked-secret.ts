import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 30 characters of 62 are 178 random bits; 6 hold any CRC32, since 62^6 > 2^32. */
const RANDOM_LENGTH = 30;
const CHECKSUM_LENGTH = 6;

/** Bytes from here on would make the first digits likelier than the others. */
const UNBIASED_LIMIT = 256 - (256 % DIGITS.length);

/**
 * A secret that scanners of source code recognise, in the form that GitHub made known: a prefix that says what it is, 30
 * random characters of base62, and the CRC32 of these in six more, zeros leading. The checksum tells typing errors and
 * look-alikes from real ones without a look-up; it proves nothing, since anybody can compute it.
 */
export function createCheckedSecret(prefix: string): string {
  const random = randomDigits(RANDOM_LENGTH);
  return `${prefix}${random}${checksumOf(random)}`;
}

/** Whether the text could be a secret with this prefix. */
export function isCheckedSecret(text: string, prefix: string): boolean {
  if (text.length !== prefix.length + RANDOM_LENGTH + CHECKSUM_LENGTH || !text.startsWith(prefix)) return false;
  const random = text.slice(prefix.length, -CHECKSUM_LENGTH);
  return /^[0-9A-Za-z]+$/.test(random) && text.endsWith(checksumOf(random));
}

function randomDigits(length: number): string {
  let digits = '';
  while (digits.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < UNBIASED_LIMIT && digits.length < length) digits += DIGITS[byte % DIGITS.length];
    }
  }
  return digits;
}

function checksumOf(text: string): string {
  let digits = '';
  for (let rest = crc32(text); digits.length < CHECKSUM_LENGTH; rest = Math.floor(rest / DIGITS.length)) {
    digits = DIGITS[rest % DIGITS.length] + digits;
  }
  return digits;
}
