export { budgetsRouter } from './budgets/routes.ts';
export { catalogRouter } from './catalog/routes.ts';
export { refreshHealth } from './catalog/service.ts';
export { purgeContents } from './contents/service.ts';
export { settingsRouter as llmSettingsRouter } from './settings/routes.ts';
export { llmRouter } from './routes.ts';
export { tokenCountRouter } from './token-count/routes.ts';
export { settleCall, sweepUnsettledCalls } from './service/settle.ts';
