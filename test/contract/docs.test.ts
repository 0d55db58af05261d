import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkVariables } from '../../src/env.ts';
import { DOCUMENT } from '../helpers/document.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const README = read('README.md');
const DOCS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map((name) => [name, read(name)] as const);
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** Names between backticks at the start of the rows of the table under a heading. */
function namesInTable(heading: string): string[] {
  const section = README.split(`## ${heading}\n`)[1]!.split('\n## ')[0]!;
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
}

/** Names that `src/env.ts` gives to a property of its schemas. */
const CONFIGURED = [...read('src/env.ts').matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name]) => name!);

describe('the documents', () => {
  test.each(DOCS)('%s names only files that exist', (_, text) => {
    const paths = [...text.matchAll(/`((?:src|test|drizzle|local)\/[\w./-]*)`|\]\(([\w./-]+)\)/g)];
    const named = paths.map(([, quoted, linked]) => (quoted ?? linked)!);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test.each(DOCS)('%s names only scripts that exist', (_, text) => {
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test.each(DOCS)('%s speaks of this project alone', (_, text) => {
    expect(text).not.toMatch(/\.\.\/|\/work\/|https?:\/\/(registry|npm)\b/);
  });
});

describe('the README', () => {
  test('lists every script', () => {
    const listed = namesInTable('Scripts').map((command) => /^npm (?:run )?([\w:]+)/.exec(command)![1]!);
    expect(listed.toSorted()).toEqual(Object.keys(scripts).toSorted());
  });

  test('lists every variable and binding, and no other', () => {
    expect(namesInTable('Configuration').toSorted()).toEqual(CONFIGURED.toSorted());
    expect(CONFIGURED.length).toBeGreaterThan(20);
  });

  test('says which variables are required', () => {
    const required = checkVariables({}).map((fault) => fault.split(':')[0]!);
    const rows = README.split('\n').filter((line) => / required +\|/.test(line));
    expect(rows.map((row) => /`(\w+)`/.exec(row)![1]).toSorted()).toEqual(required.toSorted());
  });

  test('calls only what is described', () => {
    const called = [...README.matchAll(/(?:\$API|GET |127\.0\.0\.1:8787)(\/[\w/${}-]*\.?\w*)/g)].map(
      ([, path]) => path!,
    );
    const patterns = Object.keys(DOCUMENT.paths).map((path) => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`));
    expect(called.length).toBeGreaterThan(8);
    expect(called.filter((path) => !patterns.some((pattern) => pattern.test(path)))).toEqual([]);
  });
});
