import type { ApiAnswer, RequestOptions } from './api.ts';
import { sql } from './database.ts';
import { nameOf, OPERATIONS, type Operation } from './document.ts';
import { POPULATIONS, type PopulationSite } from './populations.ts';
import { requestIn } from './requests.ts';
import type { Cast, World } from './world.ts';

/** Every operation that answers by pages. */
export const LISTS = OPERATIONS.filter(({ parameters }) =>
  parameters.some((parameter) => parameter.in === 'query' && parameter.name === 'cursor'),
);

export type Query = Record<string, string | number>;

/** Who reads lists in a world: its owner, by a client of theirs. */
export type Reader = { cast: Cast; world: World; get: Get };

export type Get = (path: string, options: RequestOptions) => Promise<Pick<ApiAnswer, 'status' | 'headers' | 'body'>>;

/** The statement that fills a list, as text; that of a deprecated operation is its successor's. */
export function populationOf(operation: Operation): string {
  const id = nameOf(operation);
  const population = POPULATIONS[id];
  if (!population)
    throw new Error(`Nothing fills the list ${id}: give test/helpers/populations.ts a statement that does.`);
  return population;
}

type Place = Pick<Reader, 'cast' | 'world'>;

export const siteIn = ({ cast, world }: Place, count: number, shift: number): PopulationSite => ({
  count,
  shift,
  workspace: world.workspaceId,
  project: String(world.find('project_id', 'owner')),
  integration: String(world.find('integration_id', 'owner')),
  workflow: String(world.find('workflow_id', 'owner')),
  execution: String(world.find('execution_id', 'owner')),
  schedule: String(world.find('schedule_id', 'owner')),
  webhook: String(world.find('webhook_id', 'owner')),
  event_trigger: String(world.find('event_trigger_id', 'owner')),
  reader: cast.owner.id,
  email: cast.owner.email,
});

/** Adds rows to a list, and gives the ids that it will show them by. */
export async function populate(operation: Operation, reader: Place, count: number, shift = 0): Promise<string[]> {
  const rows = await sql.query(populationOf(operation), [JSON.stringify(siteIn(reader, count, shift))]);
  return rows.map(({ id }) => String(id));
}

export type ListPage = { ids: string[]; cursor: string | null };

/** One page of a list. */
export async function readPage(operation: Operation, { world, get }: Reader, query: Query): Promise<ListPage> {
  const { path, options } = requestIn(world, operation, 'owner');
  const answer = await get(path, { ...options, query: { ...options.query, ...query } });
  if (answer.status !== 200) throw new Error(`${path} is ${answer.status}: ${JSON.stringify(answer.body)}`);
  return { ids: itemsOf(answer).map(({ id }) => String(id)), cursor: cursorOf(answer) };
}

/** The body, or the one array in it. */
function itemsOf({ body }: Pick<ApiAnswer, 'body'>): { id: unknown }[] {
  return Array.isArray(body) ? body : (Object.values(body).find((value) => Array.isArray(value)) as { id: unknown }[]);
}

const cursorOf = ({ body, headers }: Pick<ApiAnswer, 'body' | 'headers'>): string | null =>
  headers.get('x-next-cursor') ?? body.next_cursor ?? null;

/**
 * Every id that a list shows, page by page to its end.
 * @param meanwhile what happens after each page but the last, told how many were read
 */
export async function readToEnd(
  operation: Operation,
  reader: Reader,
  query: Query,
  meanwhile: (pages: number) => Promise<unknown>,
): Promise<string[]> {
  const seen: string[] = [];
  let next: Query = query;
  for (let pages = 1; pages <= MAX_PAGES; pages++) {
    const { ids, cursor } = await readPage(operation, reader, next);
    seen.push(...ids);
    if (cursor === null) return seen;
    next = { ...query, cursor };
    await meanwhile(pages);
  }
  throw new Error(`${operation.path} has no end`);
}

const MAX_PAGES = 5_000;

/** Ids that were seen more than once, and those that should have been seen and were not. */
export function findFaultyPaging(seen: string[], present: string[]): { repeated: string[]; lost: string[] } {
  const all = new Set(seen);
  const repeated = all.size === seen.length ? [] : seen.filter((id, at) => seen.indexOf(id) !== at);
  return { repeated, lost: present.filter((id) => !all.has(id)) };
}

/** `limit` or `size`, by which a list is told how much to answer at once. */
export function pageSize({ parameters }: Operation, count: number): Query {
  const name = parameters.some((parameter) => parameter.name === 'limit') ? 'limit' : 'size';
  return { [name]: count };
}

/** The orders that a list can be asked for, each as a query; its own comes first. */
export function ordersOf({ parameters }: Operation): Query[] {
  const orders = parameters.filter(
    ({ name, schema }) => /^(sort(_by)?|order_by)$/.test(name) && Array.isArray(schema.enum),
  );
  return [{}, ...orders.flatMap(({ name, schema }) => (schema.enum as string[]).map((value) => ({ [name]: value })))];
}
