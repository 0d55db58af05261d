import { randomBytes } from 'node:crypto';
import { equalBytes, hmacBytes } from './crypto.ts';
import { MASK, maskSecret } from './masking.ts';
import { MINUTE, SECOND } from './time.ts';

/** Signatures as Standard Webhooks has them: https://github.com/standard-webhooks/standard-webhooks, version 1.0.0. */

const PREFIX = 'whsec_';

/** A secret in base64, or one that is masked. */
export const SIGNING_SECRET = /^whsec_([A-Za-z\d+/]+={0,2}|\*{4}[A-Za-z\d+/=]{0,4})$/;

const LEAST_BYTES = 24;
const MOST_BYTES = 64;
const NEW_BYTES = 32;

/** The bytes that a secret stands for. */
export const signingKeyOf = (secret: string): Buffer => Buffer.from(secret.slice(PREFIX.length), 'base64');

/** Whether a text of that form can sign, or stands masked for one that does. */
export const isSigningSecret = (text: string): boolean => text.startsWith(PREFIX + MASK) || canSign(text);

/** Whether a text is a secret, and no mask of one. */
export function canSign(text: string): boolean {
  const bytes = signingKeyOf(text);
  const isCanonical = PREFIX + bytes.toString('base64') === text;
  return isCanonical && bytes.byteLength >= LEAST_BYTES && bytes.byteLength <= MOST_BYTES;
}

export const createSigningSecret = (): string => PREFIX + randomBytes(NEW_BYTES).toString('base64');

export const maskSigningSecret = (secret: string): string => PREFIX + maskSecret(secret.slice(PREFIX.length));

/** The headers that identify a message and sign it: once by each secret, since a former one is still known to some. */
export function signedHeaders(
  message: { id: string; sentAt: Date; body: string },
  secrets: readonly string[],
): Record<string, string> {
  const timestamp = String(Math.floor(message.sentAt.getTime() / SECOND));
  const signatures = secrets.map((secret) => VERSION + sign({ ...message, timestamp }, secret).toString('base64'));
  return { 'webhook-id': message.id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

/** What came as a message: `signatures` as its header has them, separated by spaces. */
export type SignedMessage = { id: string; timestamp: string; signatures: string; body: string };

/** How far a message's time may be from ours. */
const TOLERANCE_MS = 5 * MINUTE;

/** Whether a message was signed with this secret, just now. That it has come before, it does not tell. */
export function isSignedWith(message: SignedMessage, secret: string, now: Date): boolean {
  const expected = sign(message, secret);
  const matches = readSignatures(message.signatures).some((one) => equalBytes(one, expected));
  return matches && Math.abs(now.getTime() - Number(message.timestamp) * SECOND) <= TOLERANCE_MS;
}

const VERSION = 'v1,';

/** Those of a header that are of this version. */
export const readSignatures = (header: string): Buffer[] =>
  header
    .split(' ')
    .filter((one) => one.startsWith(VERSION))
    .map((one) => Buffer.from(one.slice(VERSION.length), 'base64'));

/** What of a message is signed; its body may be of any bytes. */
export const signedContent = (id: string, timestamp: string, body: string | Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${id}.${timestamp}.`), Buffer.from(body as Uint8Array)]);

const sign = ({ id, timestamp, body }: { id: string; timestamp: string; body: string }, secret: string): Buffer =>
  hmacBytes(signingKeyOf(secret), signedContent(id, timestamp, body));
