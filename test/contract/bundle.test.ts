import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** What only exists on a developer's machine, by words that stand nowhere else. */
const MARKERS = ['__local', 'demo@', 'SynapScale#Demo1', 'LOCAL_DATABASE_PROXY', 'LOCAL_OUTBOX_URL'];

/** Cloudflare takes 3 MiB compressed on every plan; less than a quarter of it starts quickly. */
const COMPRESSED_LIMIT_BYTES = 640 * 1024;

const SECRETS = ['DATABASE_URL', 'AUTH_SECRET', 'ENCRYPTION_KEYS'];

const WITHOUT_DATABASE = { ...process.env, DATABASE_URL: '', DATABASE_URL_DIRECT: '' };

type Metafile = { inputs: Record<string, unknown> };

describe('the bundle that is deployed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'synapscale-bundle-'));
  let output: string;
  let text: string;
  let inputs: string[];

  beforeAll(() => {
    const args = [join(ROOT, 'local/deploy.ts'), '--dry-run', '--outdir', folder, '--metafile'];
    output = execFileSync(process.execPath, args, { env: WITHOUT_DATABASE, encoding: 'utf8', stdio: 'pipe' });
    text = readFileSync(join(folder, 'index.js'), 'utf8');
    inputs = Object.keys((JSON.parse(readFileSync(join(folder, 'bundle-meta.json'), 'utf8')) as Metafile).inputs);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is not deployed while something is missing, which is named', () => {
    for (const name of SECRETS) expect(output).toMatch(new RegExp(`^missing: secret ${name}`, 'm'));

    const config = join(folder, 'wrangler.toml');
    const filled = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8');
    writeFileSync(config, filled.replace(/^id = .*$/m, 'id = "placeholder"').replace(/^FRONTEND_URL = .*$/m, ''));
    const env = { ...WITHOUT_DATABASE, HOME: folder, XDG_CONFIG_HOME: folder, CLOUDFLARE_API_TOKEN: '' };
    const args = [join(ROOT, 'local/deploy.ts'), '--config', config];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    for (const name of ['KV namespace CACHE', 'FRONTEND_URL', 'DATABASE_URL_DIRECT', 'account']) {
      expect(stdout).toMatch(new RegExp(`^missing: .*${name}`, 'm'));
    }
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'Nothing was deployed.\n' });
  });

  test('has the Worker in it', () => {
    expect(inputs).toContain('src/app.ts');
    expect(text).toContain('There is no such {resource}.');
  });

  test('has no trace of the local stack or of tests', () => {
    expect(inputs.filter((path) => /^(local|test|drizzle)\//.test(path))).toEqual([]);
    expect(MARKERS.filter((marker) => text.includes(marker))).toEqual([]);
  });

  test('leaves out the document and the tokenizer’s ranks, which are read as files', () => {
    expect(inputs.filter((path) => /openapi\.json$|js-tiktoken\/dist\/ranks/.test(path))).toEqual([]);
  });

  test('is small', () => {
    const bytes = gzipSync(text).byteLength;
    console.log(`bundle: ${Math.round(text.length / 1024)} KiB, ${Math.round(bytes / 1024)} KiB compressed`);
    expect(bytes).toBeLessThan(COMPRESSED_LIMIT_BYTES);
  });

  test('would be refused with local code in it', () => {
    const local =
      readFileSync(join(ROOT, 'local/worker.ts'), 'utf8') + readFileSync(join(ROOT, 'local/demo.ts'), 'utf8');
    expect(MARKERS.filter((marker) => local.includes(marker)).length).toBeGreaterThan(3);
  });
});
