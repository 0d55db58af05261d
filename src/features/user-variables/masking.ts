/** What stands for a value that is not shown. */
export const MASK = '****';

const SHOWN_CHARACTERS = 4;

/** Below it, the last characters would give away too large a part of the value. */
const LEAST_LENGTH = 12;

/** What may be seen of a secret: its last four characters, by which its owner tells it apart, if it is long enough. */
export function maskSecret(secret: string): string {
  const characters = Array.from(secret);
  if (characters.length < LEAST_LENGTH) return MASK;
  return MASK + characters.slice(-SHOWN_CHARACTERS).join('');
}

export const MASKING_RULE =
  `A value of ${LEAST_LENGTH} characters or more is shown as ${MASK} and its last ${SHOWN_CHARACTERS}; ` +
  `a shorter one as ${MASK}. No operation shows the value itself.`;

/** Invented values, to show how masking works. */
const SAMPLES: Record<string, string> = {
  api_key: 'sk-invented-0000000000001a2B',
  just_long_enough: 'invented-key',
  too_short: 'hunter2',
  empty: '',
};

export type MaskedSample = { original_length: number; masked: string };

export function maskSamples(): Record<string, MaskedSample> {
  const masked = Object.entries(SAMPLES).map(([name, sample]) => [
    name,
    { original_length: Array.from(sample).length, masked: maskSecret(sample) },
  ]);
  return Object.fromEntries(masked);
}
