import { vi } from 'vitest';

export type LogEntry = { level: string; event: string } & Record<string, unknown>;

/** Everything that is logged from here on; `vi.restoreAllMocks()` ends it. */
export function captureLogs(): { text(): string; events(name: string): LogEntry[] } {
  const lines: string[] = [];
  for (const level of ['debug', 'log', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => void lines.push(parts.map(String).join(' ')));
  }
  return {
    text: () => lines.join('\n'),
    events: (name) =>
      lines
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as LogEntry)
        .filter(({ event }) => event === name),
  };
}
