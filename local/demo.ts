import { eq } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { connectionConfig } from '../drizzle/connection.ts';
import { hashPassword, verifyPassword } from '../src/core/password.ts';
import { llms, plans, userSubscriptions, users, workspaceMembers, workspaces } from '../src/db/schema/index.ts';

/** Known to everyone who reads this, so it is for databases on loopback only; others get a password of their own. */
export const DEMO = { email: 'demo@synapscale.local', password: 'SynapScale#Demo1' };

/** The models that answer without a key; model-stub.ts stands behind them. */
export const LOCAL_MODEL = { provider: 'local', name: 'local-small' };
export const LOCAL_EMBEDDING = { provider: 'local', name: 'local-embedding' };

/** Makes sure that the demo account can log in and that the local models are in the catalogue. */
export async function seedLocalData(databaseUrl: string, login = DEMO): Promise<void> {
  const client = new pg.Client(connectionConfig(databaseUrl));
  await client.connect();
  try {
    const database = drizzle({ client });
    await database.insert(llms).values(localModelRows()).onConflictDoNothing();
    await database.transaction((tx) => ensureDemoAccount(tx, login));
  } finally {
    await client.end();
  }
}

function localModelRows(): (typeof llms.$inferInsert)[] {
  const free = { costPerTokenInput: '0', costPerTokenOutput: '0', contextWindow: 8192 };
  return [
    {
      ...free,
      ...LOCAL_MODEL,
      displayName: 'Local model',
      maxTokensSupported: 4096,
      supportsFunctionCalling: true,
      supportsAssistantPrefill: true,
    },
    { ...free, ...LOCAL_EMBEDDING, displayName: 'Local embedding', kind: 'embedding', supportsStreaming: false },
  ];
}

type Transaction = Pick<NodePgDatabase, 'select' | 'insert' | 'update'>;

async function ensureDemoAccount(tx: Transaction, login: typeof DEMO): Promise<void> {
  const [known] = await tx.select().from(users).where(eq(users.email, login.email));
  if (!known) return createDemoAccount(tx, login);
  if (known.isActive && known.isVerified && (await verifyPassword(login.password, known.passwordHash))) return;
  const passwordHash = await hashPassword(login.password);
  await tx.update(users).set({ passwordHash, isActive: true, isVerified: true }).where(eq(users.id, known.id));
}

async function createDemoAccount(tx: Transaction, { email, password }: typeof DEMO): Promise<void> {
  const passwordHash = await hashPassword(password);
  const account = { email, username: 'demo', fullName: 'Demo Account', passwordHash, isVerified: true };
  const [user] = await tx.insert(users).values(account).returning();
  const [plan] = await tx.select().from(plans).where(eq(plans.slug, 'enterprise'));
  // First the plan, which says how many workspaces there may be.
  await tx.insert(userSubscriptions).values({ userId: user!.id, planId: plan!.id });
  const [workspace] = await tx
    .insert(workspaces)
    .values({ name: 'Demo workspace', slug: 'demo-workspace', type: 'individual', ownerId: user!.id })
    .returning();
  await tx.insert(workspaceMembers).values({ workspaceId: workspace!.id, userId: user!.id, role: 'owner' });
}
