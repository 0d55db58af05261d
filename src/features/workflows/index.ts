export { readDefinition, type DefinitionNode, type Edge, type ReadDefinition } from './definition/read-definition.ts';
export { selectRunnable, type RunnableRow } from './runnable-queries.ts';
