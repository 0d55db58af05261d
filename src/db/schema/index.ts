export * from './identity.ts';
export * from './workspaces.ts';
export * from './llm.ts';
export * from './operations.ts';
