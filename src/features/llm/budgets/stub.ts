import type { Env } from '../../../env.ts';
import { unlessAway } from '../unless-away.ts';
import type { Balance, Grant, Limit, LlmBudget } from './budget.do.ts';

/** The object that keeps a workspace's budgets. */
export function budgetsOf(env: Env, workspaceId: string) {
  const stub = (env.LLM_BUDGET as DurableObjectNamespace<LlmBudget>).getByName(workspaceId);
  return {
    reserve: (callId: string, amountUsd: string, limits: Limit[]): Promise<Grant> =>
      unlessAway<Grant>(stub.reserve(callId, amountUsd, limits)),
    settle: (callId: string, costUsd: string): Promise<void> => unlessAway(stub.settle(callId, costUsd)),
    settleAll: (costs: [callId: string, costUsd: string][]): Promise<void> => unlessAway(stub.settleAll(costs)),
    balances: (limits: Limit[]): Promise<Balance[]> => unlessAway(stub.balances(limits)),
  };
}
