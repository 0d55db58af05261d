import type { Env as CheckedEnv } from '../src/env.ts';
import type { Stack } from './global-setup.ts';

type BindingName = {
  [Name in keyof CheckedEnv]: CheckedEnv[Name] extends string[]
    ? never
    : CheckedEnv[Name] extends object
      ? Name
      : never;
}[keyof CheckedEnv];

type Bindings = Pick<CheckedEnv, NonNullable<BindingName>>;

declare global {
  namespace Cloudflare {
    /** What `env` of `cloudflare:workers` holds in tests: raw variables, and bindings. */
    interface Env extends Bindings, Stack {
      ENVIRONMENT: string;
      RATE_LIMITS: string;
    }
    interface GlobalProps {
      mainModule: typeof import('../local/worker.ts');
    }
  }
}
