export { readDefinition, type DefinitionNode, type Edge, type ReadDefinition } from './definition/read-definition.ts';
