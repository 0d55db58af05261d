import { redactSecrets } from '../../user-variables/index.ts';

/** Values that were put in and that nobody is to see, collected while a node is run. */
export type Secrets = Set<string>;

/** The same value with every secret in it masked, in its keys too. */
export function redactValue(value: unknown, secrets: Secrets): unknown {
  if (secrets.size === 0) return value;
  if (typeof value === 'string') return redactSecrets(value, secrets);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secrets));
  const entries = Object.entries(value).map(([name, field]) => [
    redactSecrets(name, secrets),
    redactValue(field, secrets),
  ]);
  return Object.fromEntries(entries) as unknown;
}
