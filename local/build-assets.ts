import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildDocs } from './build-docs.ts';

const ROOT = join(import.meta.dirname, '..');
const ENCODINGS = ['o200k_base', 'cl100k_base'] as const;

/** Fills `.assets/`, the files that the Worker reads through its ASSETS binding. What is up to date is left alone. */
export async function buildAssets(target = join(ROOT, '.assets')): Promise<void> {
  mkdirSync(join(target, 'ranks'), { recursive: true });
  copyDocument(join(ROOT, 'src/openapi.json'), join(target, 'openapi.json'));
  writeDocs(join(target, 'docs'));
  for (const encoding of ENCODINGS) await writeRanks(encoding, join(target, 'ranks', `${encoding}.json`));
}

function copyDocument(source: string, target: string): void {
  if (existsSync(source)) writeChanged(target, readFileSync(source));
}

/** The API reference; what an earlier one consisted of goes last. */
function writeDocs(target: string): void {
  mkdirSync(target, { recursive: true });
  const files = buildDocs();
  for (const [name, content] of files) writeChanged(join(target, name), Buffer.from(content));
  const isFinished = (name: string) => /\.(html|js|css|txt)$/.test(name);
  for (const name of readdirSync(target).filter(isFinished)) {
    if (!files.has(name)) rmSync(join(target, name), { force: true });
  }
}

/** `{pat_str, special_tokens, bpe_ranks}` of the installed js-tiktoken. */
async function writeRanks(encoding: (typeof ENCODINGS)[number], target: string): Promise<void> {
  const specifier = `js-tiktoken/ranks/${encoding}`;
  // npm gives the files of a package an old date; only the time of their last change on disk tells of an upgrade.
  const installedAt = statSync(createRequire(import.meta.url).resolve(specifier)).ctimeMs;
  if (existsSync(target) && statSync(target).mtimeMs > installedAt) return;
  const module = (await import(specifier)) as { default: unknown };
  replaceFile(target, JSON.stringify(module.default));
}

function writeChanged(target: string, content: Buffer): void {
  if (!existsSync(target) || !readFileSync(target).equals(content)) replaceFile(target, content);
}

/** In one step, because another instance may be reading. */
function replaceFile(target: string, content: string | Buffer): void {
  const unfinished = `${target}.${process.pid}`;
  writeFileSync(unfinished, content);
  renameSync(unfinished, target);
}

if (import.meta.main) await buildAssets();
