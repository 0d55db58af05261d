import { posix } from 'node:path';

/** A file of `src/`; the path begins there. */
export type SourceFile = { path: string; text: string };

type Import = { specifier: string; isType: boolean };

/** The rooms in their order: each may import from those before it, and from itself. */
const ROOMS = ['core', 'env', 'db', 'platform', 'context', 'http', 'features', 'jobs', 'app', 'index'];

/** Neighbours in that order that nevertheless must not know each other. */
const STRANGERS: Record<string, string[]> = {
  env: ['core'],
  platform: ['db'],
  jobs: ['http'],
};

/** The features in their order: each may call those before it, through their doors. */
const FEATURES = [
  'mail',
  'audit',
  'activities',
  'auth',
  'usage',
  'billing',
  'workspaces',
  'projects',
  'integrations',
  'notifications',
  'user-variables',
  'llm',
  'workflow-files',
  'nodes',
  'workflows',
  'executions',
  'triggers',
  'operations',
  'system',
];

/** Who may import a package at run time; the rest of the world lives behind these doors. */
const PACKAGES: Record<string, RegExp> = {
  'cloudflare:workers': /\.do\.ts$/,
  'drizzle-orm': /^db\/|\/([\w-]+-)?queries(\/[\w-]+)?\.ts$/,
  '@neondatabase/serverless': /^db\//,
  'ipaddr.js': /^platform\/fetch\//,
  jsonata: /^core\/expressions\.ts$/,
  croner: /^core\/cron\.ts$/,
  re2js: /^core\/safe-regex\.ts$/,
  papaparse: /^core\/csv\.ts$/,
  openai: /^platform\/llm\//,
  'eventsource-parser': /^platform\/llm\//,
  'js-tiktoken': /^platform\/llm\//,
  hono: /^(http\/|app\.ts$|features\/.*\b(routes|middleware)\b)/,
  '@hono/zod-openapi': /^(http\/|features\/.*\b(routes|schemas)\b)/,
};

const LINE_LIMIT = 400;

/** Every breach of the rules of the house, one line each. */
export function findViolations(files: SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => [
    ...fileViolations(path, text),
    ...importsOf(text).flatMap((imported) => [...importViolations(path, imported)]),
  ]);
}

function* fileViolations(path: string, text: string): Generator<string> {
  const lines = text.split('\n').length - 1;
  if (lines > LINE_LIMIT) yield `${path}: has ${lines} lines, more than ${LINE_LIMIT}`;
  if (!/^([a-z\d]+(-[a-z\d]+)*\/)*[a-z\d]+(-[a-z\d]+)*(\.do)?\.ts$/.test(path)) yield `${path}: is not kebab-case`;
  if (/(^|\/)(utils?|helpers?|common|misc)\.ts$/.test(path)) yield `${path}: says nothing about what is in it`;
  const [room, feature = ''] = path.split('/');
  if (!ROOMS.includes(roomOf(path))) yield `${path}: stands in no room`;
  if (room === 'features' && !FEATURES.includes(feature)) yield `${path}: feature ${feature} has no place in the order`;
}

function* importViolations(path: string, { specifier, isType }: Import): Generator<string> {
  if (!specifier.startsWith('.')) {
    const door = isType ? undefined : PACKAGES[packageOf(specifier)];
    if (door && !door.test(path)) yield `${path}: imports ${specifier}, which is not for it`;
    return;
  }
  const target = posix.join(posix.dirname(path), specifier);
  const breach = (reason: string) => `${path}: imports ${target}, ${reason}`;
  if (target.startsWith('..')) yield breach('which is outside of src');
  else if (!/\.(ts|json)$/.test(target)) yield breach('without its extension');
  else yield* [...directionFaults(path, target)].map(breach);
  if (target.endsWith('.do.ts') && !isType && path !== 'index.ts') yield breach('a Durable Object, at run time');
}

function* directionFaults(path: string, target: string): Generator<string> {
  const [from, to] = [roomOf(path), roomOf(target)];
  if (ROOMS.indexOf(to) > ROOMS.indexOf(from)) yield 'against the direction of the rooms';
  if (STRANGERS[from]?.includes(to)) yield `which ${from} must not know`;
  if (from === 'app' && to === 'app') yield 'which nobody imports';
  const [[, folder], [, other]] = [path.split('/'), target.split('/')];
  if (from === 'platform' && to === 'platform' && folder !== other) yield 'a sibling';
  if (to !== 'features') return;
  if (from === 'features' && folder === other) yield* layerFaults(path, target);
  else if (target !== `features/${other}/index.ts` && !target.endsWith('.do.ts')) yield 'past the door of the feature';
  else if (from === 'features' && FEATURES.indexOf(other!) >= FEATURES.indexOf(folder!)) {
    yield 'against the order of the features';
  }
}

/** Inside a feature: routes → service → queries. */
function* layerFaults(path: string, target: string): Generator<string> {
  const [from, to] = [layerOf(path), layerOf(target)];
  if (from === 'routes' && to === 'queries') yield 'past the service';
  if (from === 'queries' && (to === 'service' || to === 'routes')) yield 'against the direction of the layers';
  if (from === 'service' && to === 'routes') yield 'against the direction of the layers';
  if (to === 'index') yield 'its own door';
}

/** Services and queries know nothing of HTTP. */
export function httpFaults(files: SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    if (!['service', 'queries'].includes(layerOf(path) ?? '')) return [];
    const ofHttp = importsOf(text).filter(({ specifier }) => /(^|\/)http\/|^hono\b|^@hono\//.test(specifier));
    return ofHttp.map(({ specifier }) => `${path}: imports ${specifier}, which is HTTP`);
  });
}

function roomOf(path: string): string {
  return path.split('/')[0]!.replace(/\.ts$/, '');
}

/** Which layer of a feature a file belongs to by its name, or by that of its folder. */
function layerOf(path: string): 'routes' | 'service' | 'queries' | 'schemas' | 'index' | null {
  if (!path.startsWith('features/')) return null;
  const layer = /\/(routes|service|queries|schemas|index)(\/[\w-]+)*\.ts$/.exec(path)?.[1];
  return (layer as ReturnType<typeof layerOf>) ?? null;
}

const packageOf = (specifier: string) =>
  specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0]!;

const STATEMENT = /^(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"`]([^'"`]+)['"`]/g;

/** What a file imports and re-exports, by the form of the statements. */
export function importsOf(text: string): Import[] {
  const statements = [...text.matchAll(STATEMENT)].map(([statement, type, specifier]) => ({
    specifier: specifier!,
    isType: type !== undefined || /\{(\s*type\s[^,}]*,?)+\s*\}/.test(statement),
  }));
  const dynamic = [...text.matchAll(DYNAMIC)].map(([, specifier]) => ({ specifier: specifier!, isType: false }));
  return [...statements, ...dynamic];
}
