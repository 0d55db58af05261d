export { answerReader, greetReader, tendChannel } from './live/readers.ts';
export { liveRouter } from './live/routes.ts';
export { sweepExecutions } from './record/sweep.ts';
export type { RunSpec } from './runner/types.ts';
