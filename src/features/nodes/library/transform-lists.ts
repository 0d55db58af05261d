import { AGGREGATES, type TransformConfig } from './transform-config.ts';
import { compareOrder, holds, readPath, toNumber, type Comparison } from './compare.ts';
import { NodeError, type RunMeans } from './node-type.ts';
import { isTruthy } from './truth.ts';

const toList = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];

/** Of a list a list, of anything else one result. */
export async function map(means: RunMeans, { mapping, expression }: TransformConfig, subject: unknown) {
  const one = async (item: unknown, index: number) => {
    if (!mapping) return (await means.evaluate(expression!, 'expression', { item, index }, item)) ?? null;
    const fields: [string, unknown][] = [];
    for (const [name, path] of Object.entries(mapping)) {
      const value = readPath(item, path) ?? (await means.evaluate(path, `mapping.${name}`, { item, index }, item));
      fields.push([name, value ?? null]);
    }
    return Object.fromEntries(fields);
  };
  return Array.isArray(subject) ? inTurn(subject, one) : one(subject, 0);
}

export async function filter(means: RunMeans, config: TransformConfig, subject: unknown) {
  const items = toList(subject);
  const kept: boolean[] = await inTurn(items, (item, index) => isKept(means, config, item, index));
  return items.filter((_, at) => kept[at]);
}

async function isKept(means: RunMeans, { condition, expression }: TransformConfig, item: unknown, index: number) {
  const text = typeof condition === 'string' ? condition : condition === undefined ? expression : undefined;
  if (text !== undefined) return isTruthy(await means.evaluate(text, 'condition', { item, index }, item));
  for (const comparison of [condition].flat() as Comparison[]) {
    if (!(await holds(means, comparison, 'condition.', { value: item }))) return false;
  }
  return true;
}

export function sort({ key, reverse }: TransformConfig, subject: unknown) {
  const keyed = toList(subject).map((item) => ({ item, by: readPath(item, key ?? '') }));
  const sorted = keyed.toSorted((a, b) => compareOrder(a.by, b.by) || 0);
  return (reverse ? sorted.toReversed() : sorted).map(({ item }) => item);
}

export function group({ key }: TransformConfig, subject: unknown) {
  const groups = new Map<string, unknown[]>();
  for (const item of toList(subject)) {
    const value = readPath(item, key!);
    const name = typeof value === 'object' ? JSON.stringify(value) : String(value ?? '');
    const members = groups.get(name);
    if (members) members.push(item);
    else groups.set(name, [item]);
  }
  return Object.fromEntries(groups);
}

export function aggregate({ operations, field }: TransformConfig, subject: unknown) {
  const items = toList(subject);
  const numbers = items.map((item) => toNumber(readPath(item, field ?? ''))).filter((one) => one !== null);
  const sum = numbers.reduce((total, one) => total + one, 0);
  const isEmpty = numbers.length === 0;
  const all = {
    count: items.length,
    sum,
    avg: isEmpty ? null : sum / numbers.length,
    // Spread into a call, many numbers would not fit.
    min: isEmpty ? null : numbers.reduce((a, b) => Math.min(a, b)),
    max: isEmpty ? null : numbers.reduce((a, b) => Math.max(a, b)),
  };
  const wanted = operations === undefined ? AGGREGATES : [operations].flat();
  return Object.fromEntries(wanted.map((name) => [name, all[name]]));
}

export async function reduce(means: RunMeans, { expression, initial }: TransformConfig, subject: unknown) {
  const items = toList(subject);
  const rest = initial === undefined ? items.slice(1) : items;
  let accumulator = initial === undefined ? (items[0] ?? null) : initial;
  for (const [index, item] of rest.entries()) {
    accumulator = (await means.evaluate(expression!, 'expression', { accumulator, item, index }, item)) ?? null;
  }
  return accumulator;
}

/** Texts into one; or records with those of another list that have the same key, whose fields win. */
export async function join(means: RunMeans, config: TransformConfig, subject: unknown) {
  const items = toList(subject);
  if (config.with === undefined) {
    const texts = items.map((item) => readPath(item, config.field ?? ''));
    return texts
      .map((text) => (typeof text === 'object' ? JSON.stringify(text) : String(text ?? '')))
      .join(config.separator ?? '');
  }
  const { key } = config;
  if (key === undefined) throw new NodeError('invalid_config', 'key: is needed to join two lists');
  const others = toList(await means.evaluate(config.with, 'with'));
  const byKey = new Map(others.map((other) => [String(readPath(other, key)), other]));
  return items.map((item) => ({ ...(item as object), ...(byKey.get(String(readPath(item, key))) as object) }));
}

/** One after the other: each evaluation has a budget of its own, and side by side they would hold the memory of all. */
async function inTurn<T>(items: readonly unknown[], work: (item: unknown, index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const [index, item] of items.entries()) results.push(await work(item, index));
  return results;
}
