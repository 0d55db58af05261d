import { asObject, asText, type Fields } from '../definition/fields.ts';

/** Their names of what there is here too, without the prefix of the package. */
const TYPES: Record<string, string> = {
  manualTrigger: 'trigger',
  start: 'trigger',
  httpRequest: 'http',
  if: 'condition',
  filter: 'condition',
  splitInBatches: 'loop',
  wait: 'delay',
  function: 'code',
  functionItem: 'code',
  emailSend: 'notify',
  openAi: 'llm',
  lmChatOpenAi: 'llm',
  lmChatAnthropic: 'llm',
};

/** Ports by their number, for nodes that have several. */
const PORTS: Record<string, readonly string[]> = { condition: ['true', 'false'], loop: ['done', 'item'] };

/** Whether a definition is one of n8n's: connections are an object by the names of nodes. */
export const isOfN8n = (written: Fields): boolean =>
  Array.isArray(written['nodes']) && asObject(written['connections']) !== null;

/** A definition as n8n exports it: its nodes know each other by name, and each port has a list of what follows. */
export function fromN8n(written: Fields): { nodes: Fields[]; connections: Fields[] } {
  const ids = new Map<string, string>();
  const types = new Map<string, string>();
  const nodes = (written['nodes'] as unknown[]).flatMap((part) => {
    const node = asObject(part);
    if (!node) return [];
    const { parameters, type, ...rest } = node;
    const name = asText(node['name']) ?? asText(node['id']) ?? '';
    const id = asText(node['id']) ?? name;
    const [, bare = asText(type) ?? ''] = /^(?:@[\w-]+\/)?[\w-]+\.(.+)$/.exec(asText(type) ?? '') ?? [];
    const known = Object.hasOwn(TYPES, bare) ? TYPES[bare]! : bare;
    ids.set(name, id);
    types.set(name, known);
    return [{ ...rest, id, type: known, config: asObject(parameters) ?? {} }];
  });
  const connections = Object.entries(asObject(written['connections']) ?? {}).flatMap(([name, ways]) =>
    portsOf(ways).flatMap(({ port, targets }) =>
      targets.map((target) => ({
        from: ids.get(name) ?? name,
        fromPort: PORTS[types.get(name) ?? '']?.[port] ?? (port === 0 ? 'output' : String(port)),
        to: ids.get(target) ?? target,
      })),
    ),
  );
  return { nodes, connections };
}

/** What leads on from a node: its main ways alone, since others tie models and tools to it, which is configuration here. */
function portsOf(ways: unknown): { port: number; targets: string[] }[] {
  const main = asObject(ways)?.['main'];
  if (!Array.isArray(main)) return [];
  return main.map((list: unknown, port) => ({
    port,
    targets: (Array.isArray(list) ? list : []).flatMap((one) => asText(asObject(one)?.['node']) ?? []),
  }));
}
