import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const PAGE = join(import.meta.dirname, '../src/features/system/docs');
const PACKAGE = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** What the page loads, by the names in its braces. */
const FILES: Record<string, () => string> = {
  'swagger-ui-bundle.js': () => readFileSync(join(PACKAGE, 'swagger-ui-bundle.js'), 'utf8'),
  'swagger-ui.css': () => readFileSync(join(PACKAGE, 'swagger-ui.css'), 'utf8'),
  'page.js': () => readFileSync(join(PAGE, 'page.js'), 'utf8'),
  'page.css': () => readFileSync(join(PAGE, 'page.css'), 'utf8'),
  // Apache-2.0 and MIT ask for their texts beside every copy.
  'licenses.txt': () =>
    ['NOTICE', 'LICENSE', 'swagger-ui-bundle.js.LICENSE.txt']
      .map((name) => readFileSync(join(PACKAGE, name), 'utf8').trim())
      .join('\n\n\n') + '\n',
};

/**
 * The API reference as static files: `index.html`, and what it loads under names that hold a digest of the content, so
 * that browsers may keep them for good.
 */
export function buildDocs(): Map<string, string> {
  const files = new Map<string, string>();
  const links = new Map<string, string>();
  for (const [name, read] of Object.entries(FILES)) {
    const content = read();
    const digest = createHash('sha256').update(content).digest('hex').slice(0, 16);
    const unique = name.replace(/(\.\w+)$/, `.${digest}$1`);
    files.set(unique, content);
    links.set(name, `/docs/${unique}`);
  }
  const page = readFileSync(join(PAGE, 'page.html'), 'utf8').replace(/<!-- .*? -->\n/s, '');
  files.set(
    'index.html',
    page.replace(/\{([\w.-]+)\}/g, (_, name: string) => linkTo(links, name)),
  );
  return files;
}

function linkTo(links: Map<string, string>, name: string): string {
  const link = links.get(name);
  if (!link) throw new Error(`The API reference asks for ${name}, which is not built`);
  return link;
}
