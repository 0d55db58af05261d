import { OpenAPIHono, type RouteConfig, type z } from '@hono/zod-openapi';
import type { Handler } from 'hono';
import { AppError } from '../core/errors.ts';
import { findUnstorable } from '../core/storable.ts';
import type { AppEnv } from './app-env.ts';

type Issue = z.core.$ZodIssue;

const LOCATIONS: Record<string, string> = { json: 'body', form: 'body', param: 'path' };

/**
 * A router whose validation errors become problems, and to which a trailing slash makes no difference. What it
 * registers is served at its deprecated paths as well.
 */
export function createRouter(): OpenAPIHono<AppEnv> {
  const router = new OpenAPIHono<AppEnv>({
    strict: false,
    defaultHook: (result) => {
      if (result.success) return refuseUnstorable(result.target, result.data);
      throw new AppError('validation_failed', {
        fields: result.error.issues.slice(0, MAX_FIELD_ERRORS).map((issue) => ({
          loc: [LOCATIONS[result.target] ?? result.target, ...placeOf(issue).map(toKey)],
          msg: issue.message,
          type: issue.code,
        })),
      });
    },
  });
  router.openapi = withAliases(router.openapi);
  return router;
}

type Register = OpenAPIHono<AppEnv>['openapi'];

function withAliases(register: Register): Register {
  const registerAll = ({ aliases = [], ...route }: RouteConfig & { aliases?: RouteConfig[] }, handler: Handler) => {
    for (const alias of aliases) register(alias, handler);
    return register(route as RouteConfig, handler);
  };
  return registerAll as Register;
}

function refuseUnstorable(target: string, data: unknown): void {
  const fault = findUnstorable(data);
  if (!fault) return;
  const loc = [LOCATIONS[target] ?? target, ...fault.path];
  throw new AppError('validation_failed', { fields: [{ loc, msg: fault.reason, type: 'unstorable' }] });
}

/** Enough to mend a form with; a body of a thousand faults is no form. */
const MAX_FIELD_ERRORS = 50;

/** What is not known is at fault, and not what it stands in. */
const placeOf = (issue: Issue) =>
  issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;

const toKey = (key: PropertyKey) => (typeof key === 'number' ? key : String(key));
