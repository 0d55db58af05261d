const POLL_MS = 25;
const GIVE_UP_MS = 20_000;

/** What `read` gives as soon as it is neither null nor false, for what happens after the answer. */
export async function eventually<T>(
  read: () => Promise<T | null | undefined | false>,
  limitMs = GIVE_UP_MS,
): Promise<T> {
  const giveUpAt = Date.now() + limitMs;
  for (;;) {
    const value = await read();
    if (value !== null && value !== undefined && value !== false) return value;
    if (Date.now() > giveUpAt) throw new Error(`it did not happen within ${limitMs / 1000} s: ${read}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
