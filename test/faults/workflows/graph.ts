/** Ten nodes: two branches that meet, a loop, a delay, a model, and calls of a server that are safe to repeat. */

export const ITEMS = [1, 2, 3];

const SERVER = '{{trigger.service}}/{{trigger.run}}';

export const GRAPH = {
  nodes: [
    { id: 'trigger', type: 'trigger' },
    { id: 'prepare', type: 'set', config: { variables: { run: '{{trigger.run}}' } } },
    { id: 'fetch', type: 'http', config: { url: `${SERVER}/fetch` } },
    { id: 'check', type: 'condition', config: { expression: 'status = 200' } },
    { id: 'each', type: 'loop', config: { items: ITEMS, parallelism: 2 } },
    { id: 'item', type: 'http', config: { method: 'PUT', url: `${SERVER}/item?item={{index}}`, body: {} } },
    {
      id: 'ask',
      type: 'llm',
      config: {
        provider: 'local',
        model: 'local-small',
        prompt: '[[stub id={{trigger.run}} times=1 wait={{trigger.think_ms}} tokens=3 delay=5]] Say something',
      },
    },
    { id: 'pause', type: 'delay', config: { seconds: 1 } },
    { id: 'join', type: 'merge' },
    { id: 'send', type: 'http', config: { method: 'POST', url: `${SERVER}/send`, body: {}, idempotency_key: true } },
  ],
  connections: [
    { from: 'trigger', to: 'prepare' },
    { from: 'prepare', to: 'fetch' },
    { from: 'fetch', to: 'check' },
    { from: 'check', fromPort: 'true', to: 'each' },
    { from: 'each', fromPort: 'item', to: 'item' },
    { from: 'item', to: 'each' },
    { from: 'each', fromPort: 'done', to: 'join' },
    { from: 'prepare', to: 'ask' },
    { from: 'ask', to: 'pause' },
    { from: 'pause', to: 'join' },
    { from: 'join', to: 'send' },
  ],
};

/** Each node as it is recorded, once: those in the loop for each item. */
export const STEPS = GRAPH.nodes.flatMap(({ id }) => (id === 'item' ? ITEMS.map((_, at) => `item/${at}`) : [id]));

/** A POST that nobody can tell from a second one. */
export const UNSAFE_GRAPH = {
  nodes: [
    { id: 'trigger', type: 'trigger' },
    { id: 'send', type: 'http', config: { method: 'POST', url: `${SERVER}/send`, body: {} } },
  ],
  connections: [{ from: 'trigger', to: 'send' }],
};
