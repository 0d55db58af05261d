import { describe, expect, test } from 'vitest';
import { checkNodeConfig, findNodeType, nodeTypes } from '../../../src/features/nodes/index.ts';
import { outputOf } from '../../helpers/nodes.ts';

describe('the library', () => {
  /** These reach out: their examples are run beside what they reach. */
  const REACHING = ['llm', 'http', 'notify', 'node', 'approval', 'wait_for_callback', 'workflow', 'file'];
  const alone = nodeTypes().filter(({ type }) => !REACHING.includes(type));

  test.each(alone.map((type) => [type.type, type] as const))(
    'the example of %s does what it says',
    async (name, type) => {
      expect(checkNodeConfig(type, type.example.config)).toEqual([]);
      expect(await outputOf(name, type.example.config, type.example.input)).toEqual(type.example.output);
    },
  );

  test('each name means one kind', () => {
    const names = nodeTypes().flatMap(({ type, aliases }) => [type, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const type of nodeTypes()) expect(findNodeType(type.type.toUpperCase())).toBe(type);
    expect(findNodeType('Manual Trigger')?.type).toBe('trigger');
    expect(findNodeType('nothing')).toBeUndefined();
    expect(findNodeType('__proto__')).toBeUndefined();
  });
});
