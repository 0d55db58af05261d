import { EVENT_PATTERNS } from '../../integrations/index.ts';

/** How executions may end; a timeout is a failure. */
const ENDS = ['execution.completed', 'execution.failed', 'execution.cancelled'] as const;

/** What a trigger may be for: what integrations can subscribe to, and ends of executions by their names alone. */
export const TRIGGER_PATTERNS = [...EVENT_PATTERNS, 'execution.*', ...ENDS] as [string, ...string[]];
