/** A secret, and those before it, each good until a moment (milliseconds since 1970), the latest first. */
export type RotatedSecrets = { secret: string; former: { secret: string; until: number }[] };

/** However often a secret is changed: each is one more to sign or to compare with. */
const FORMER_LIMIT = 4;

/** Puts a secret in the place of the present one, which stays good for so long. */
export function replaceSecret(
  present: RotatedSecrets | null,
  secret: string,
  now: number,
  graceMs: number,
): RotatedSecrets {
  const former = present === null ? [] : [{ secret: present.secret, until: now + graceMs }, ...present.former];
  const good = former.filter((one) => one.secret !== secret && one.until > now);
  return { secret, former: good.slice(0, FORMER_LIMIT) };
}

/** Those that are good at a moment, the present one first. */
export const goodSecrets = ({ secret, former }: RotatedSecrets, now: number): string[] => [
  secret,
  ...former.filter(({ until }) => until > now).map((one) => one.secret),
];
