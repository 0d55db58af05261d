import { expect, test } from 'vitest';

test('the platform sends requests to our own zone the public way', () => {
  expect(Cloudflare.compatibilityFlags.global_fetch_strictly_public).toBe(true);
});
