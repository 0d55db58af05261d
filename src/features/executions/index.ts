export type { RunSpec } from './runner/types.ts';
