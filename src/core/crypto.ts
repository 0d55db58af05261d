import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** A key for one purpose, derived from the deployment's secret (HKDF, RFC 5869), so that no two uses share a key. */
export function deriveKey(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `synapscale/${purpose}`, 32));
}

/** A keyed hash (HMAC-SHA-256, RFC 2104) of several texts, none of which may contain NUL. */
export function hmac(key: Uint8Array, ...parts: string[]): Buffer {
  return hmacBytes(key, Buffer.from(parts.join('\0')));
}

export function hmacBytes(
  key: Uint8Array,
  bytes: Uint8Array,
  algorithm: 'sha1' | 'sha256' | 'sha512' = 'sha256',
): Buffer {
  return createHmac(algorithm, key).update(bytes).digest();
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** 256 random bits as 43 characters that are safe in a URL. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Compares without telling by its duration where the difference is. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

const importAesKey = (key: Uint8Array, usage: 'encrypt' | 'decrypt') =>
  crypto.subtle.importKey('raw', key as BufferSource, 'AES-GCM', false, [usage]);

/**
 * Encrypts with AES-256-GCM under a fresh 96-bit nonce. `context` names the place of the text (table, row, tenant) and
 * must be given again to open it, so that a ciphertext moved elsewhere does not open.
 */
export async function seal(key: Uint8Array, text: string, context: string): Promise<string> {
  const nonce = randomBytes(12);
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: nonce, additionalData: Buffer.from(context) },
    await importAesKey(key, 'encrypt'),
    Buffer.from(text),
  );
  return Buffer.concat([nonce, Buffer.from(sealed)]).toString('base64url');
}

/** Reverses {@link seal}. @throws when key or context differ, or the text was changed. */
export async function open(key: Uint8Array, sealed: string, context: string): Promise<string> {
  const bytes = Buffer.from(sealed, 'base64url');
  const opened = await crypto.subtle.decrypt(
    { name: 'AES-GCM', iv: bytes.subarray(0, 12), additionalData: Buffer.from(context) },
    await importAesKey(key, 'decrypt'),
    bytes.subarray(12),
  );
  return Buffer.from(opened).toString();
}
