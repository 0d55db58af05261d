type Level = 'info' | 'warn' | 'error';

/** Writes one JSON line, which Workers Logs indexes by field. Fields must never hold a secret or a personal text. */
export function logEvent(level: Level, event: string, fields: Record<string, unknown> = {}): void {
  console[level](JSON.stringify({ level, event, time: new Date().toISOString(), ...fields }));
}

/** An error as a log shows it: the chain of causes, without the values of a failed statement. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  // Drizzle's message lists the statement's parameters, which may be personal or secret.
  const message = error.message.replace(/\nparams: [\s\S]*$/, '');
  return {
    name: error.name,
    message,
    ...('code' in error && { code: error.code }),
    stack: error.stack
      ?.split('\n')
      .slice(1, 8)
      .map((line) => line.trim()),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}
