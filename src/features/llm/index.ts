export { budgetsRouter } from './budgets/routes.ts';
export { catalogRouter } from './catalog/routes.ts';
export { refreshHealth } from './catalog/service.ts';
export { llmRouter } from './routes.ts';
export { tokenCountRouter } from './token-count/routes.ts';
export { settleCall, settleCalls, sweepUnsettledCalls } from './service/settle.ts';
