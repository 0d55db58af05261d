export type Column<Row> = readonly [title: string, show: (row: Row) => string];

/** Markdown, so that it can be pasted where it is discussed. */
export function composeTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, show]) => show(row)))];
  const widths = columns.map((_, column) => Math.max(3, ...lines.map((cells) => cells[column]!.length)));
  const format = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [format(lines[0]!), rule, ...lines.slice(1).map(format)].join('\n');
}
