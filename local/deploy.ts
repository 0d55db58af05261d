/**
 * `npm run deploy`: checks that everything is there, migrates the database, deploys. `-- --dry-run` does what needs no
 * account and no database, and says what is missing. Other options go to `wrangler deploy`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { unstable_readConfig, type Unstable_Config } from 'wrangler';
import { ownerUrl } from '../drizzle/connection.ts';
import { migrate } from '../drizzle/migrate.ts';
import { checkVariables } from '../src/env.ts';
import { buildDocument, DOCUMENT_FILE } from './build-openapi.ts';
import { WRANGLER } from './wrangler.ts';

const ROOT = join(import.meta.dirname, '..');

/** Without an answer to any question, which nobody may be there to give. */
const ENVIRONMENT = { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false' };

async function deploy(args: string[]): Promise<void> {
  const options = { 'dry-run': { type: 'boolean' }, config: { type: 'string', short: 'c' } } as const;
  const { values } = parseArgs({ args, options, strict: false });
  const file = resolve(ROOT, typeof values.config === 'string' ? values.config : 'wrangler.toml');
  const config = unstable_readConfig({ config: file });

  const missing = [...checkTree(), ...checkDocument(), ...checkConfig(config), ...checkDatabase()];
  if (values['dry-run']) missing.push(...requiredSecrets(config).map((name) => `secret ${name}: not looked for`));
  else missing.push(...checkSecrets(config, file));
  for (const line of missing) console.log(`missing: ${line}`);
  if (missing.length > 0 && !values['dry-run']) throw new Error('Nothing was deployed.');

  if (!values['dry-run']) {
    // First, because the new version may need the new schema, and the old one bears it: migrations only expand.
    await migrate(ownerUrl(process.env));
    console.log('The database is up to date.');
  }
  const { status } = spawnSync(process.execPath, [WRANGLER, 'deploy', '--config', file, ...withoutConfig(args)], {
    cwd: ROOT,
    env: ENVIRONMENT,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('wrangler failed.');
}

/** What is deployed should be found again in the history. */
function checkTree(): string[] {
  const changed = spawnSync('git', ['status', '--porcelain'], { cwd: ROOT, encoding: 'utf8' });
  if (changed.status !== 0) return ['a git repository: what is deployed could not be found again'];
  return changed.stdout === '' ? [] : ['a clean working tree: commit, or stash what should stay out'];
}

function checkDocument(): string[] {
  const isCurrent = readFileSync(DOCUMENT_FILE, 'utf8') === buildDocument();
  return isCurrent ? [] : ['the current API document in src/openapi.json: npm run openapi'];
}

function checkConfig(config: Unstable_Config): string[] {
  const namespaces = config.kv_namespaces.filter(({ id }) => !/^[\da-f]{32}$/.test(id ?? ''));
  const ids = namespaces.map(
    ({ binding, id }) => `the id of the KV namespace ${binding}: npx wrangler kv namespace create ${id ?? binding}`,
  );
  const faults = faultsOf(config).filter(({ name }) => name in config.vars);
  const variables = faults.map(({ text }) => `a valid variable under [vars]: ${text}`);
  const addresses = {
    FRONTEND_URL: 'mails would lead to localhost',
    API_URL: 'callbacks would be told to call localhost',
  };
  const missing = Object.entries(addresses).filter(([name]) => !(name in config.vars));
  return [...ids, ...variables, ...missing.map(([name, why]) => `${name} under [vars]: ${why}`)];
}

function checkDatabase(): string[] {
  try {
    ownerUrl(process.env);
    return [];
  } catch {
    return ['DATABASE_URL_DIRECT: postgres:// URL of the owner of the tables, on Neon with the direct host'];
  }
}

/** Asks Cloudflare which secrets the Worker has; their values never come back. */
function checkSecrets(config: Unstable_Config, file: string): string[] {
  const args = [WRANGLER, 'secret', 'list', '--format', 'json', '--config', file];
  try {
    const output = execFileSync(process.execPath, args, {
      cwd: ROOT,
      env: ENVIRONMENT,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    const known = (JSON.parse(output) as { name: string }[]).map(({ name }) => name);
    const absent = requiredSecrets(config).filter((name) => !known.includes(name));
    return absent.map((name) => `secret ${name}: npx wrangler secret put ${name}`);
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const printed = stripVTControlCharacters(`${stderr}${stdout}`);
    const reason = /ERROR\S*\s+(.*)/.exec(printed)?.[1] ?? 'wrangler cannot list the secrets';
    return [`a look at the account, with npx wrangler login or CLOUDFLARE_API_TOKEN: ${reason}`];
  }
}

/** What src/env.ts asks for and [vars] does not give. */
const requiredSecrets = (config: Unstable_Config): string[] =>
  faultsOf(config)
    .map(({ name }) => name)
    .filter((name) => !(name in config.vars));

function faultsOf({ vars }: Unstable_Config): { name: string; text: string }[] {
  return checkVariables(vars as Record<string, string>).map((text) => ({ name: text.split(/[.:]/)[0]!, text }));
}

/** The options that are wrangler's, whose `--config` is given by us. */
function withoutConfig(args: string[]): string[] {
  return args.filter(
    (arg, index) => !/^(-c|--config)(=|$)/.test(arg) && !/^(-c|--config)$/.test(args[index - 1] ?? ''),
  );
}

await deploy(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
