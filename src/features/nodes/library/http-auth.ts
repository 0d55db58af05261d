import { z } from 'zod';
import { NodeError, type RunMeans } from './node-type.ts';

const text = (description: string) => z.string().optional().meta({ description });

/** How a request shows who sends it. */
export const HttpAuth = z.looseObject({
  auth_type: z
    .enum(['none', 'basic', 'bearer', 'api_key', 'oauth2', 'custom'])
    .default('none')
    .meta({ description: '`oauth2` sends an access token that you have; `custom` sends `auth_headers`.' }),
  username: text('For `basic`.'),
  password: text('For `basic`.'),
  token: text('For `bearer` and `oauth2`.'),
  access_token: text('Another name for `token`.'),
  api_key: text('For `api_key`.'),
  api_key_name: z.string().default('X-API-Key').meta({ description: 'The header or parameter that it goes into.' }),
  api_key_location: z.enum(['header', 'query']).default('header').meta({ description: 'Where the key goes.' }),
  auth_headers: z.record(z.string(), z.coerce.string()).optional().meta({ description: 'For `custom`.' }),
  use_user_variable: z
    .boolean()
    .default(false)
    .meta({ description: 'Whether the fields below name variables of yours, in place of those above.' }),
  username_variable: text('The name of a variable.'),
  password_variable: text('The name of a variable.'),
  token_variable: text('The name of a variable.'),
  api_key_variable: text('The name of a variable.'),
});
type HttpAuth = z.infer<typeof HttpAuth>;

type Field = 'username' | 'password' | 'token' | 'api_key';

/** Headers whose values are nobody's but the other side's. */
const SECRET_HEADER = /auth|cookie|key|token|secret|signature/i;

/** Adds what the other side asks for, and has it masked wherever it may appear again. */
export async function authorize(
  means: RunMeans,
  config: HttpAuth,
  headers: Map<string, string>,
  url: URL,
): Promise<void> {
  for (const [name, value] of headers) if (SECRET_HEADER.test(name)) hideHeader(means, value);
  const values = await readCredentials(means, config);
  const need = (field: Field): string => {
    const value = values[field];
    if (value === undefined) throw new NodeError('invalid_config', `${field}: is needed for ${config.auth_type}`);
    if (field !== 'username') means.hide(value);
    return value;
  };
  switch (config.auth_type) {
    case 'none':
      return;
    case 'basic': {
      const pair = Buffer.from(`${need('username')}:${need('password')}`).toString('base64');
      means.hide(pair);
      headers.set('Authorization', `Basic ${pair}`);
      return;
    }
    case 'bearer':
    case 'oauth2':
      headers.set('Authorization', `Bearer ${need('token')}`);
      return;
    case 'api_key':
      if (config.api_key_location === 'header') headers.set(config.api_key_name, need('api_key'));
      else url.searchParams.set(config.api_key_name, need('api_key'));
      return;
    case 'custom':
      for (const [name, value] of Object.entries(config.auth_headers ?? {})) {
        hideHeader(means, value);
        headers.set(name, value);
      }
      return;
  }
}

function hideHeader(means: RunMeans, value: string): void {
  means.hide(value);
  // `Bearer x` is masked as a whole already; what is secret in it may come back by itself.
  const [, credential] = /^\w+ +(\S+)$/.exec(value) ?? [];
  if (credential !== undefined) means.hide(credential);
}

async function readCredentials(means: RunMeans, config: HttpAuth): Promise<Partial<Record<Field, string>>> {
  const { username, password, token = config.access_token, api_key: apiKey } = config;
  if (!config.use_user_variable) return { username, password, token, api_key: apiKey };
  const names: Partial<Record<Field, string>> = {
    username: config.username_variable,
    password: config.password_variable,
    token: config.token_variable,
    api_key: config.api_key_variable,
  };
  const wanted = Object.entries(names).filter((entry): entry is [Field, string] => entry[1] !== undefined);
  const loaded = await means.loadVariables(wanted.map(([, name]) => name));
  const found: Partial<Record<Field, string>> = { username, password, token, api_key: apiKey };
  for (const [field, name] of wanted) {
    const given = means.scope.variables[name];
    const value = given === undefined ? loaded.get(name) : String(given);
    if (value === undefined) {
      const message = `${field}_variable: there is no variable ${name} that this execution may read.`;
      throw new NodeError('variable_missing', message, { details: { variable: name } });
    }
    found[field] = value;
  }
  return found;
}
