import { deriveKey } from '../../../core/crypto.ts';
import type { Env } from '../../../env.ts';

export type KeyPurpose = 'access-token' | 'refresh-token' | 'login-attempts' | 'basic-logins';

const derived = new WeakMap<Env, Map<KeyPurpose, Uint8Array>>();

/** The deployment's key for one purpose, derived once per isolate. */
export function keyFor(env: Env, purpose: KeyPurpose): Uint8Array {
  const keys = derived.get(env) ?? new Map<KeyPurpose, Uint8Array>();
  derived.set(env, keys);
  const key = keys.get(purpose) ?? deriveKey(env.AUTH_SECRET, purpose);
  keys.set(purpose, key);
  return key;
}
