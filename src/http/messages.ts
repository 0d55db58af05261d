import type { Context } from 'hono';
import type { Text } from '../core/locale.ts';
import type { AppEnv } from './app-env.ts';

/** Answers with what was done, in the language of the request. */
export function message(c: Context<AppEnv>, text: Text): { message: string } {
  return { message: text[c.var.locale] };
}
