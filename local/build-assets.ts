import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const ENCODINGS = ['o200k_base', 'cl100k_base'] as const;

/** Fills `.assets/`, the files that the Worker reads through its ASSETS binding. What is up to date is left alone. */
export async function buildAssets(target = join(ROOT, '.assets')): Promise<void> {
  mkdirSync(join(target, 'ranks'), { recursive: true });
  copyDocument(join(ROOT, 'src/openapi.json'), join(target, 'openapi.json'));
  for (const encoding of ENCODINGS) await writeRanks(encoding, join(target, 'ranks', `${encoding}.json`));
}

function copyDocument(source: string, target: string): void {
  if (!existsSync(source)) return;
  const document = readFileSync(source);
  if (!existsSync(target) || !readFileSync(target).equals(document)) replaceFile(target, document);
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

/** In one step, because another instance may be reading. */
function replaceFile(target: string, content: string | Buffer): void {
  const unfinished = `${target}.${process.pid}`;
  writeFileSync(unfinished, content);
  renameSync(unfinished, target);
}

if (import.meta.main) await buildAssets();
