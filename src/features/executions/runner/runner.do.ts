import { DurableObject } from 'cloudflare:workers';

/** Runs the executions of one workspace. */
export class ExecutionRunner extends DurableObject<Record<string, unknown>> {}
