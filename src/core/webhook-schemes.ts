import { createHash, randomBytes } from 'node:crypto';
import { equalBytes, hmacBytes, randomToken } from './crypto.ts';
import { SECOND } from './time.ts';
import {
  canSign,
  createSigningSecret,
  readSignatures,
  signedContent,
  signedHeaders,
  signingKeyOf,
} from './webhook-signing.ts';

/** How messages that come in say that they are from whoever has the secret; each as the service in its name does it. */
export type SignatureRule =
  | { scheme: 'none' | 'standard' | 'github' | 'stripe' | 'slack' | 'bearer' | 'basic' }
  | { scheme: 'token'; header: string }
  | {
      scheme: 'hmac';
      header: string;
      /** What stands before the signature. */
      prefix: string;
      encoding: 'hex' | 'base64';
      algorithm: 'sha1' | 'sha256' | 'sha512';
      /** Where the time stands that is signed before the body, with a dot between; null where none is. */
      timestamp_header: string | null;
    };

export type Message = { headers: Headers; body: Uint8Array };

/** What a message shows for itself. */
type Proof = {
  timestamp: string | null;
  /** Whether somebody has made it who knows the secret. */
  isBy(secret: string): boolean;
  /** What is the same in a repetition alone; null where nothing is. */
  mark: string | null;
};

export type SignatureFault = 'signature_missing' | 'signature_invalid' | 'timestamp_invalid' | 'timestamp_stale';

export type Verdict = {
  fault: SignatureFault | null;
  /** Whether it was a secret that has been replaced. */
  byFormer: boolean;
  /** When the sender says that it was sent, in milliseconds since 1970. */
  sentAt: number | null;
  mark: string | null;
};

/**
 * Whether a message is authentic, by the present secret or one of the former, and not from another time. Everything is
 * compared in constant time. A signature is looked at before its time, so that only who can sign learns of that.
 */
export function verifyMessage(
  rule: SignatureRule,
  message: Message,
  secrets: readonly string[],
  { now, windowMs }: { now: number; windowMs: number },
): Verdict {
  const verdict: Verdict = { fault: null, byFormer: false, sentAt: null, mark: null };
  if (rule.scheme === 'none') return verdict;
  const proof = readProof(rule, message);
  if (proof === null) return { ...verdict, fault: 'signature_missing' };
  // All of them, so that it does not show which it was.
  const matching = secrets.map((secret) => proof.isBy(secret));
  if (!matching.includes(true)) return { ...verdict, fault: 'signature_invalid' };
  const found = { ...verdict, byFormer: !matching[0], mark: proof.mark };
  if (proof.timestamp === null) return found;
  const sentAt = toMilliseconds(proof.timestamp);
  if (sentAt === null) return { ...found, fault: 'timestamp_invalid' };
  const isStale = Math.abs(now - sentAt) > windowMs;
  return { ...found, sentAt, fault: isStale ? 'timestamp_stale' : null };
}

/** Seconds since 1970, as all services have them, or milliseconds. */
function toMilliseconds(text: string): number | null {
  if (!/^\d{1,13}$/.test(text)) return null;
  return Number(text) > 100_000_000_000 ? Number(text) : Number(text) * SECOND;
}

function readProof(rule: SignatureRule, message: Message): Proof | null {
  const { headers, body } = message;
  const header = (name: string) => headers.get(name)?.trim() || null;
  switch (rule.scheme) {
    case 'standard': {
      const [id, timestamp, given] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(header);
      if (!id || !timestamp || !given) return null;
      return proofOf(readSignatures(given), signedContent(id, timestamp, body), { timestamp, key: signingKeyOf });
    }
    case 'github': {
      const given = header('x-hub-signature-256');
      return given === null ? null : proofOf(readPrefixed(given, 'sha256=', 'hex'), body, { timestamp: null });
    }
    case 'stripe': {
      const parts = (header('stripe-signature') ?? '').split(',').map((part) => part.trim().split('=', 2));
      const timestamp = parts.find(([name]) => name === 't')?.[1];
      const given = parts.filter(([name]) => name === 'v1').map(([, value = '']) => Buffer.from(value, 'hex'));
      if (!timestamp || given.length === 0) return null;
      return proofOf(given, joined(`${timestamp}.`, body), { timestamp });
    }
    case 'slack': {
      const [given, timestamp] = [header('x-slack-signature'), header('x-slack-request-timestamp')];
      if (given === null || timestamp === null) return null;
      return proofOf(readPrefixed(given, 'v0=', 'hex'), joined(`v0:${timestamp}:`, body), { timestamp });
    }
    case 'hmac': {
      const given = header(rule.header);
      const timestamp = rule.timestamp_header === null ? null : header(rule.timestamp_header);
      if (given === null || (rule.timestamp_header !== null && timestamp === null)) return null;
      const signed = timestamp === null ? body : joined(`${timestamp}.`, body);
      const { algorithm } = rule;
      return proofOf(readPrefixed(given, rule.prefix, rule.encoding), signed, { timestamp, algorithm });
    }
    case 'token':
      return shown(header(rule.header));
    case 'bearer':
      return shown(/^bearer\s+(\S+)$/i.exec(header('authorization') ?? '')?.[1] ?? null);
    case 'none':
      return null;
    case 'basic': {
      const given = /^basic\s+(\S+)$/i.exec(header('authorization') ?? '')?.[1];
      return shown(given === undefined ? null : Buffer.from(given, 'base64').toString());
    }
  }
}

type Signing = {
  timestamp: string | null;
  algorithm?: 'sha1' | 'sha256' | 'sha512';
  key?: (secret: string) => Uint8Array;
};

const textKey = (secret: string): Uint8Array => Buffer.from(secret);

/** A message may carry several signatures, while its sender changes from one secret to another. */
const SIGNATURES_LIMIT = 10;

function proofOf(given: Uint8Array[], signed: Uint8Array, { timestamp, algorithm, key = textKey }: Signing): Proof {
  const some = given.slice(0, SIGNATURES_LIMIT);
  return {
    timestamp,
    isBy(secret) {
      const expected = hmacBytes(key(secret), signed, algorithm);
      return some.map((one) => equalBytes(one, expected)).includes(true);
    },
    // Of what is signed, and not of the signatures, which may come in any order and number.
    mark: digest(signed).toString('base64url'),
  };
}

/** A secret that is shown as it is. Digests are of one length, so that not even that can be told from the time. */
const shown = (given: string | null): Proof | null =>
  given === null ? null : { timestamp: null, isBy: (secret) => equalBytes(digest(given), digest(secret)), mark: null };

const digest = (of: string | Uint8Array): Buffer => createHash('sha256').update(of).digest();

const joined = (prefix: string, body: Uint8Array): Buffer => Buffer.concat([Buffer.from(prefix), body]);

function readPrefixed(given: string, prefix: string, encoding: 'hex' | 'base64'): Buffer[] {
  return given.startsWith(prefix) ? [Buffer.from(given.slice(prefix.length), encoding)] : [];
}

/** The headers that a sender makes of a message, as {@link verifyMessage} reads them. */
export function signMessage(
  rule: SignatureRule,
  { id, sentAt, body }: { id: string; sentAt: Date; body: string },
  secret: string,
): Record<string, string> {
  const timestamp = String(Math.floor(sentAt.getTime() / SECOND));
  const sign = (text: string, encoding: 'hex' | 'base64' = 'hex', algorithm: 'sha1' | 'sha256' | 'sha512' = 'sha256') =>
    hmacBytes(textKey(secret), Buffer.from(text), algorithm).toString(encoding);
  switch (rule.scheme) {
    case 'none':
      return {};
    case 'standard':
      return signedHeaders({ id, sentAt, body }, [secret]);
    case 'github':
      return { 'x-hub-signature-256': `sha256=${sign(body)}`, 'x-github-delivery': id };
    case 'stripe':
      return { 'stripe-signature': `t=${timestamp},v1=${sign(`${timestamp}.${body}`)}` };
    case 'slack':
      return {
        'x-slack-signature': `v0=${sign(`v0:${timestamp}:${body}`)}`,
        'x-slack-request-timestamp': timestamp,
      };
    case 'hmac': {
      const { header, prefix, encoding, algorithm, timestamp_header: timed } = rule;
      const signature = sign(timed === null ? body : `${timestamp}.${body}`, encoding, algorithm);
      return { [header]: prefix + signature, ...(timed !== null && { [timed]: timestamp }) };
    }
    case 'token':
      return { [rule.header]: secret };
    case 'bearer':
      return { authorization: `Bearer ${secret}` };
    case 'basic':
      return { authorization: `Basic ${Buffer.from(secret).toString('base64')}` };
  }
}

/** Whether what a message shows is the secret itself, which nobody is to see. */
export const showsSecret = ({ scheme }: SignatureRule): boolean => ['token', 'bearer', 'basic'].includes(scheme);

/** The headers that are the sender's proof, in lower case. */
export function proofHeaders(rule: SignatureRule): string[] {
  if (rule.scheme === 'token') return [rule.header.toLowerCase()];
  return rule.scheme === 'hmac' ? [rule.header.toLowerCase()] : [];
}

/** Null where nobody signs. */
export function createSecret({ scheme }: SignatureRule): string | null {
  if (scheme === 'none') return null;
  if (scheme === 'standard') return createSigningSecret();
  return scheme === 'basic' ? `hook:${randomBytes(24).toString('base64url')}` : randomToken();
}

/** What is wrong with a secret for a scheme; null where it will do. */
export function secretFault(rule: SignatureRule, secret: string): string | null {
  const { scheme } = rule;
  if (scheme === 'none') return 'is for none where nobody signs';
  if (scheme === 'standard') return canSign(secret) ? null : 'must be whsec_ and 24 to 64 bytes in base64';
  if (!/^[\x21-\x7e][\x20-\x7e]{14,198}[\x21-\x7e]$/.test(secret)) return 'must be 16 to 200 characters of ASCII';
  if (showsSecret(rule) && secret.includes(' ')) return 'must not contain spaces';
  return scheme === 'basic' && !/^[^:]+:./.test(secret) ? 'must be a user name, a colon and a password' : null;
}
