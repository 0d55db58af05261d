import type { Env } from '../../../env.ts';
import type { LiveExecution } from './types.ts';

/** The runner of a workspace. */
export function executionRunner(_env: Env, _workspaceId: string) {
  return {
    describe: async (_executionId: string): Promise<LiveExecution | null> => null,
    watch: async (_executionId: string): Promise<boolean> => false,
  };
}
