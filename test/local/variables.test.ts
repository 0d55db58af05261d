import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { unstable_getVarsForDev as readAsWrangler } from 'wrangler';
import { loadSecrets, readVariables, writeEnvFile } from '../../local/variables.ts';

const folder = mkdtempSync(join(tmpdir(), 'synapscale-test-variables-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the environment file', () => {
  // The rest of the tests must not read such files; see vitest.config.ts.
  beforeEach(() => void vi.stubEnv('CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV', 'true'));
  afterEach(() => void vi.unstubAllEnvs());

  it.each([
    ['plain', 'postgres://u:p@127.0.0.1:5432/db?sslmode=require#x'],
    ['an apostrophe', "It's me <me@example.com>"],
    ['dollars', 'pa$HOME ${HOME} a\\$b $'],
    ['backslashes and quotes', 'a\\nb "c" \\'],
    ['all quotes but one', `'"`],
    ['lines', 'one\ntwo'],
    ['spaces', '  padded  '],
  ])('gives wrangler the very value: %s', (_, value) => {
    const file = writeEnvFile(folder, { NAME: value });
    expect(readAsWrangler(join(folder, 'wrangler.toml'), [file], {}, undefined, true).NAME!.value).toBe(value);
  });
});

describe('variables', () => {
  it('are those of the Worker that are set and not empty', () => {
    const environment = { OPENAI_API_KEY: 'sk', OPENAI_BASE_URL: '', RATE_LIMITS: 'off', PATH: '/bin' };
    expect(readVariables(environment)).toEqual({ OPENAI_API_KEY: 'sk', RATE_LIMITS: 'off' });
  });

  it('hold secrets that stay the same', () => {
    expect(loadSecrets(folder)).toEqual(loadSecrets(folder));
  });
});
