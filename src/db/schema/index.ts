export * from './identity.ts';
export * from './workspaces.ts';
export * from './llm.ts';
export * from './operations.ts';
export * from './tokens.ts';
export * from './user-variables.ts';
