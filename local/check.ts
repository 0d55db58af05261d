/** `npm run check`: format, lint, types, document and architecture, side by side; what fails is shown in full. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const ARCHITECTURE = 'test/contract/architecture.test.ts';
const VITEST = ['vitest', 'run', '--config', 'test/vitest.config.ts', '--project', 'node'];

interface Step {
  name: string;
  command: string[];
}

const STEPS: Step[] = [
  { name: 'format', command: ['oxfmt', '--check', '.'] },
  { name: 'lint', command: ['oxlint', '--deny-warnings', '.'] },
  { name: 'types of src', command: ['tsc', '--project', 'tsconfig.json'] },
  { name: 'types of the rest', command: ['tsc', '--project', 'test/tsconfig.json'] },
  { name: 'document by Redocly', command: ['redocly', 'lint', 'src/openapi.json', '--config', '.redocly.yaml'] },
  { name: 'document by Spectral', command: ['node', 'local/lint-openapi.ts'] },
  { name: 'architecture', command: [...VITEST, ARCHITECTURE] },
];

/** Redocly tells nobody that it ran, and asks nobody for a newer version. */
const QUIET = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

const results = await Promise.all(STEPS.map(runStep));
process.exitCode = results.includes(false) ? 1 : 0;

async function runStep({ name, command: [program = '', ...args] }: Step): Promise<boolean> {
  const startedAt = performance.now();
  const { code, output } = await run(join(ROOT, 'node_modules/.bin', program), args);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (code !== 0) console.log(`${output.trimEnd()}\n`);
  return code === 0;
}

function run(program: string, args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...QUIET };
    const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  });
}
