import { createParser } from 'eventsource-parser';

/**
 * The data of server-sent events, as they arrive. What has arrived is read, also where the connection is given up
 * meanwhile: a provider has charged for it. Whoever stops reading lets the connection go.
 */
export async function* readEventData(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const arrived: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => arrived.push(data) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      parser.feed(decoder.decode(value, { stream: true }));
      yield* arrived.splice(0);
    }
    // Not everybody ends the last event with an empty line.
    parser.feed('\n\n');
    yield* arrived.splice(0);
  } finally {
    await reader.cancel().catch(() => {});
  }
}
