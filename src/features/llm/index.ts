export { llmRouter } from './routes.ts';
export { settleCall, sweepUnsettledCalls } from './service/settle.ts';
