import { AppError } from '../../../core/errors.ts';
import type { Env } from '../../../env.ts';
import type { ControlAction, Controlled, LiveExecution, LiveLog, LiveNode, QueueState, RunSpec } from './types.ts';

/** What a runner does for others; each may fail as `service_unavailable`. */
export type Runner = {
  /** Null for one that has ended before. */
  start(spec: RunSpec, waitMs?: number): Promise<LiveExecution | null>;
  wake(executionIds: string[]): Promise<void>;
  control(executionId: string, action: ControlAction, reason: string | null): Promise<Controlled>;
  describe(executionId: string): Promise<LiveExecution | null>;
  describeAll(): Promise<QueueState>;
  describeSome(executionIds: string[]): Promise<LiveExecution[]>;
  answered(executionId: string, waitId: string): Promise<boolean>;
  nodes(executionId: string, page: { after: number; limit: number; bytes: number }): Promise<LiveNode[] | null>;
  logs(executionId: string, page: { after: number; limit: number }): Promise<LiveLog[] | null>;
  wait(executionId: string, ms: number): Promise<LiveExecution | null>;
  watch(executionId: string): Promise<boolean>;
  forget(executionIds: string[]): Promise<void>;
  settingsChanged(): Promise<void>;
};

/** The object that runs the executions of a workspace. */
export function executionRunner(env: Env, workspaceId: string): Runner {
  const stub = env.EXECUTION_RUNNER.getByName(workspaceId) as unknown as Runner;
  return new Proxy({} as Runner, {
    get:
      (_, name: keyof Runner) =>
      async (...args: never[]) => {
        try {
          return await (stub[name] as (...given: never[]) => Promise<unknown>)(...args);
        } catch (cause) {
          throw new AppError('service_unavailable', { params: { service: 'executions' }, cause });
        }
      },
  });
}
