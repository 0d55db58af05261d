/** Bundles as `wrangler deploy` makes them, and what is measured of a bundle without running it. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { WRANGLER } from '../../local/wrangler.ts';

export const ROOT = join(import.meta.dirname, '../..');

const TIMEOUT_MS = 60_000;

export interface Bundle {
  /** The module that the runtime loads. */
  script: string;
  /** The same as an upload, with its settings. */
  upload: string;
}

/** Runs wrangler without an account. @throws {Error} with what it printed */
async function runWrangler(...args: string[]): Promise<void> {
  const env = { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' };
  await promisify(execFile)(process.execPath, [WRANGLER, ...args], { cwd: ROOT, env, timeout: TIMEOUT_MS });
}

export async function bundleWorker(config: string, entry: string, folder: string): Promise<Bundle> {
  mkdirSync(folder, { recursive: true });
  const upload = join(folder, 'upload');
  const target = ['--dry-run', '--outdir', folder, '--outfile', upload];
  await runWrangler('deploy', join(ROOT, entry), '--config', join(ROOT, config), ...target);
  return { script: join(folder, basename(entry).replace(/\.ts$/, '.js')), upload };
}

/** Bytes of the module after gzip, which is what Cloudflare limits. */
export const compressedSize = ({ script }: Bundle): number => gzipSync(readFileSync(script)).byteLength;

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string } }[];
  samples: number[];
  /** Microseconds. */
  timeDeltas: number[];
}

/**
 * Milliseconds of processor time until the bundle's top level has run, from the profile that `wrangler check startup`
 * takes of it inside workerd. Sampled each millisecond or so; the profiler itself is part of it.
 */
export async function measureStartup({ upload }: Bundle): Promise<number> {
  const file = `${upload}.cpuprofile`;
  await runWrangler('check', 'startup', '--worker', upload, '--outfile', file);
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
  const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id));
  const busy = timeDeltas.filter((_, index) => !idle.has(samples[index]!));
  return busy.reduce((sum, delta) => sum + delta, 0) / 1000;
}
