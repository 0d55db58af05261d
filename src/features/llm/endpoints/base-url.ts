import { AppError, type FieldError } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { checkUrl, isAllowedHost, parseAllowedHost, parseUrl } from '../../../platform/fetch/target.ts';

const FIELD: FieldError['loc'] = ['body', 'base_url'];

/**
 * Refuses an address to which no call could ever be made, or a key should not travel; where its name leads is asked at
 * each call. Returns it as it is kept, so that two spellings of one are one.
 * @throws {AppError} `validation_failed` or `address_not_allowed`
 */
export function checkBaseUrl({ env }: Ctx, text: string): string {
  const allowed = env.OUTGOING_ALLOW_PRIVATE.map(parseAllowedHost);
  const url = guarded(() => {
    const parsed = parseUrl(text);
    checkUrl(parsed, allowed);
    return parsed;
  });
  if (url.protocol !== 'https:' && !isAllowedHost(url, allowed)) throw invalid('must be reached by https');
  if (/[?#]/.test(url.href)) throw invalid('must have neither query nor fragment');
  return url.href.replace(/\/+$/, '');
}

/** The guard speaks of a request's `url`; here the field has a name of its own. */
function guarded<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const fields = error.options.fields?.map((fault) => ({ ...fault, loc: FIELD }));
    throw new AppError(error.code, { ...error.options, fields });
  }
}

const invalid = (msg: string) => new AppError('validation_failed', { fields: [{ loc: FIELD, msg, type: 'base_url' }] });
