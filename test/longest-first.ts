import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take long although they are short, the longest first. Where nothing is known from an earlier run, the larger
 * file goes first; these would come last, and keep one processor busy while the other has nothing left to do.
 */
const LONG = [
  'contract/every-input',
  'contract/rights-matrix',
  'contract/every-list',
  'contract/every-endpoint',
  'local/dev',
  'faults/stack',
  'docs/docs',
  'faults/workflows/stack-workflow-faults',
  'faults/stack-killed-clients',
  'bench/bench',
  'bench/workflows/workflows',
  'bench/llm/llm',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => groupOf(one) - groupOf(other) || rankOf(one) - rankOf(other));
  }
}

const groupOf = ({ project }: TestSpecification) => project.config.sequence.groupOrder;

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONG.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return rank < 0 ? LONG.length : rank;
}
