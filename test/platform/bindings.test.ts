import { env, exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';

describe('bindings', () => {
  it('has env', async () => {
    console.log(Object.keys(env));
    expect((await exports.default.fetch('http://x/health')).status).toBe(200);
    console.log(await (await exports.default.fetch('http://x/users')).text());
  });
});
