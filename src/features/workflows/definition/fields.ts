/** Something with fields, of which nothing is known. */
export type Fields = Record<string, unknown>;

export const asObject = (value: unknown): Fields | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;

/** A text that is not blank; numbers are what some editors give for ids and ports. */
export function asText(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A number, also one that an editor's text field wrote. */
export function asNumber(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** What stands under the first of these names that says something, in the first place that has one. */
export function firstOf(places: readonly Fields[], names: readonly string[]): unknown {
  for (const place of places) {
    for (const name of names) {
      const value = Object.hasOwn(place, name) ? place[name] : undefined;
      if (value !== undefined && value !== null) return value;
    }
  }
  return undefined;
}
