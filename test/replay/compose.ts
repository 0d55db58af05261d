type Change<T = unknown> = { before: T; after: T } | null;

type Output = {
  changes: { op: string; path: string; before: unknown; after: unknown }[];
  is_truncated: boolean;
  digests: Change;
} | null;

/** What `GET /api/v1/executions/{execution_id}/diff` answers. */
export type Diff = {
  is_equal: boolean;
  differences: number;
  status: Change;
  error: Change<{ message: string } | null>;
  output: Output;
  nodes: {
    node_id: string;
    iteration: number[];
    change: string;
    status: Change;
    port: Change;
    error: Change<{ message: string } | null>;
    output: Output;
    request_changed: boolean;
  }[];
  duration_ms: { before: number | null; after: number | null };
  cost_usd: { before: string; after: string };
};

/** In what two executions differ, a line for each place. */
export function composeDiff(diff: Diff): string {
  const { before: tookBefore, after: tookAfter } = diff.duration_ms;
  const { before: costBefore, after: costAfter } = diff.cost_usd;
  return [
    diff.is_equal ? '  No difference.' : `  ${diff.differences} differences:`,
    ...place('execution', diff),
    ...diff.nodes.flatMap((node) => {
      const name = `node ${[node.node_id, ...node.iteration].join('/')}`;
      if (node.change !== 'changed') return [line(name, node.change)];
      return [...place(name, node), ...(node.request_changed ? [line(name, 'would ask for something else')] : [])];
    }),
    `  (${tookBefore} ms before, ${tookAfter} ms now; $${Number(costBefore)} before, $${Number(costAfter)} now)`,
  ].join('\n');
}

function place(
  name: string,
  parts: { status: Change; port?: Change; error: Change<{ message: string } | null>; output: Output },
) {
  const { status, port = null, error, output } = parts;
  return [
    ...(status ? [line(name, `status ${arrow(status)}`)] : []),
    ...(port ? [line(name, `port ${arrow(port)}`)] : []),
    ...(error ? [line(name, `error ${error.before?.message ?? 'none'} → ${error.after?.message ?? 'none'}`)] : []),
    ...(output?.digests ? [line(name, `output ${arrow(output.digests)}`)] : []),
    ...(output?.changes ?? []).map((change) => line(name, `output${change.path} ${arrow(change)}`)),
    ...(output?.is_truncated ? [line(name, 'and more')] : []),
  ];
}

const line = (name: string, text: string) => `  ${name.padEnd(14)} ${text}`;

const arrow = ({ before, after }: { before: unknown; after: unknown }) => `${show(before)} → ${show(after)}`;

const show = (value: unknown) => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};
