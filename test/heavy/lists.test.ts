/**
 * Each list of the document where there are 100,000 rows: every statement that a page takes is carried out again under
 * EXPLAIN, and must look at about as many rows as it shows, wherever the page is and however it is sorted and filtered.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { resolve, type Operation, type Parameter, type Schema } from '../helpers/document.ts';
import { sql } from '../helpers/database.ts';
import {
  findFaultyPaging,
  LISTS,
  ordersOf,
  pageSize,
  populate,
  populationOf,
  readPage,
  readToEnd,
  siteIn,
  type Query,
  type Reader,
} from '../helpers/lists.ts';
import type { PopulationSite } from '../helpers/populations.ts';
import { sampleOf } from '../helpers/samples.ts';
import { createCast, createWorld } from '../helpers/world.ts';
import { runAsOwner } from './owner.ts';
import { getAs } from './bare-client.ts';
import { explain, recordQuestions, type Read } from './plans.ts';

const ROWS = 100_000;
const ROWS_PER_STATEMENT = 2_000;

/** What somebody has who has little. */
const FEW_ROWS = 500;

const PAGE = 20;

/** What a page may look at, however many there are: itself and a few rows of others for each of its own. */
const ROWS_PER_PAGE = 2 * FEW_ROWS;

/** Relations below are read as one likes. */
const LARGE = 10_000;

/** Lists of which nobody has many: one for each period of a member or token, or for each model in a conversation. */
const SHORT = ['listBudgets', 'listConversationTurns'];

/** Lists that say how many there are in all, so that each page counts them. */
function isCounted({ responses }: Operation): boolean {
  const schema = resolve(responses[200]!.content!['application/json']!.schema!);
  return Object.keys((schema.properties as Schema | undefined) ?? {}).some((name) => COUNTS.test(name));
}

const COUNTS = /^(total|unread_count)$/;

type FilledList = {
  /** Of whom there are all rows but a few, and what their ids are. */
  rich: Reader;
  present: string[];
  /** Who has a few among so many. */
  poor: Reader;
  /** Names of tables and indexes. */
  large: Set<string>;
};

/** Fills a list for people who have nothing else, and lets the planner know. */
async function fillList(operation: Operation): Promise<FilledList> {
  const cast = await createCast();
  const readers = [cast, { ...cast, owner: cast.admin, admin: cast.owner }].map(async (people) => {
    const reads = operation['x-access'] === 'superuser' ? cast.viewer : people.owner;
    return { cast: people, world: await createWorld(people, []), get: getAs(reads) };
  });
  const [rich, poor] = (await Promise.all(readers)) as [Reader, Reader];
  await sql`update users set is_superuser = true where id = ${cast.viewer.id}`;
  const present = await fill(populationOf(operation), siteIn(rich, 0, 0), ROWS);
  await fill(populationOf(operation), siteIn(poor, 0, 0), FEW_ROWS);
  await runAsOwner({ query: 'analyze' });
  const relations = await sql`
    select relname from pg_class where relkind in ('r', 'i') and relnamespace = 'public'::regnamespace
      and reltuples >= ${LARGE}`;
  return { rich, present, poor, large: new Set(relations.map(({ relname }) => relname)) };
}

/** Without triggers and checks of references, which take longer than the rows themselves. */
async function fill(population: string, site: PopulationSite, rows: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < rows) {
    const part = JSON.stringify({ ...site, count: Math.min(ROWS_PER_STATEMENT, rows - ids.length) });
    const inserted = await runAsOwner(
      { query: 'set local session_replication_role = replica' },
      { query: population, params: [part] },
    );
    ids.push(...inserted.map(([id]) => id!));
  }
  return ids;
}

describe.each(LISTS.filter(({ deprecated }) => !deprecated))('$operationId', (operation) => {
  const size = pageSize(operation, PAGE);
  const isLong = !isCounted(operation) && !SHORT.includes(operation.operationId);
  let list: FilledList;
  beforeAll(async () => {
    list = await fillList(operation);
  });

  test.each(named(ordersOf(operation)))('looks at few rows for each page by $name', async ({ query }) => {
    const reader = isLong ? list.rich : list.poor;
    const first = await readPage(operation, reader, { ...query, ...size });
    expect(first.ids).toHaveLength(PAGE);
    await expectFewRows(reader, { ...query, ...size });
    await expectFewRows(reader, { ...query, ...size, cursor: first.cursor! });
    const jump = jumpTo(operation, (isLong ? ROWS : FEW_ROWS) / 2);
    if (!jump) return;
    const later = await readPage(operation, reader, { ...query, ...size, ...jump });
    await expectFewRows(reader, { ...query, ...size, cursor: later.cursor! });
  });

  test.each(named(filtersOf(operation)))('looks at no more than the reader has for $name', async ({ query }) => {
    const known = Object.keys(query).map((name) => [name, list.poor.world.find(name, 'owner') ?? query[name]!]);
    await expectFewRows(list.poor, { ...Object.fromEntries(known), ...size });
  });

  test.runIf(isLong)('shows every row once, whatever is added meanwhile', async () => {
    const addRows = async (pages: number) => {
      if (pages % 50 !== 1) return;
      await populate(operation, list.rich, 5);
      await populate(operation, list.rich, 5, 100);
    };
    const seen = await readToEnd(operation, list.rich, pageSize(operation, maxPageSize(operation)), addRows);
    expect(findFaultyPaging(seen, list.present)).toEqual({ repeated: [], lost: [] });
  });

  async function expectFewRows(reader: Reader, query: Query): Promise<void> {
    const statements = await recordQuestions(() => readPage(operation, reader, query));
    expect(statements.length).toBeGreaterThan(0);
    for (const statement of statements) {
      const reads = (await explain(statement)).filter((read) => list.large.has(read.what) && isTooMuch(read));
      expect({ query, reads, ...(reads.length > 0 && statement) }).toEqual({ query, reads: [] });
    }
  }
});

function named(queries: Query[]): { name: string; query: Query }[] {
  return queries.map((query) => ({ name: JSON.stringify(query), query }));
}

/** What was planned and never begun read nothing. */
const isTooMuch = ({ how, rows }: Read) => rows > ROWS_PER_PAGE || (how === 'Seq Scan' && rows > 0);

/** The older way to a later page, which does look at all rows before it. */
function jumpTo({ parameters }: Operation, rows: number): Query | null {
  const has = (name: string) => parameters.some((parameter) => parameter.in === 'query' && parameter.name === name);
  if (has('offset')) return { offset: rows };
  if (has('skip')) return { skip: rows };
  return has('page') ? { page: Math.floor(rows / PAGE) } : null;
}

function maxPageSize(operation: Operation): number {
  const [name] = Object.keys(pageSize(operation, PAGE));
  return Number(operation.parameters.find((parameter) => parameter.name === name)!.schema.maximum);
}

const NO_FILTERS = /^(limit|size|offset|skip|page|cursor|sort(_by)?)$/;

/** Each filter by itself, with values that all rows have, some, or none. */
function filtersOf({ parameters }: Operation): Query[] {
  const filters = parameters.filter((parameter) => parameter.in === 'query' && !NO_FILTERS.test(parameter.name));
  return filters.flatMap((filter) => valuesOf(filter).map((value) => ({ [filter.name]: value })));
}

function valuesOf({ name, schema }: Parameter): string[] {
  if (/^(query|search|q)$/.test(name)) return ['Population', 'nowhere'];
  if (Array.isArray(schema.enum)) return schema.enum as string[];
  if (schema.type === 'boolean') return ['true', 'false'];
  return [String(sampleOf(schema))];
}
