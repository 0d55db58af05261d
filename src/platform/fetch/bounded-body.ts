import { AppError } from '../../core/errors.ts';

export type Bounds = {
  /** The most bytes to take, counted after decompression. */
  limit: number;
  /** Waits for a piece, but not for ever. */
  race<T>(promise: Promise<T>): Promise<T>;
  /** Names a failure of the connection. */
  toError(error: unknown): unknown;
  /** Called once, when no more is read for whatever reason. */
  onEnd(): void;
};

/**
 * The same bytes, piece by piece as the reader asks for them, until `limit` is passed: then the connection is closed
 * and the stream fails with `remote_answer_too_large`. What a reader leaves unread is never fetched.
 */
export function boundBody(body: ReadableStream<Uint8Array>, bounds: Bounds): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  // Whoever reads is told; nobody waits for this one.
  reader.closed.catch(() => {});
  let received = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await bounds.race(reader.read());
          if (done) {
            bounds.onEnd();
            return controller.close();
          }
          received += value.byteLength;
          if (received > bounds.limit) throw tooLarge(bounds.limit);
          controller.enqueue(value);
        } catch (error) {
          bounds.onEnd();
          // Not awaited: a server that does not answer would not answer this either.
          void reader.cancel().catch(() => {});
          throw error instanceof AppError ? error : bounds.toError(error);
        }
      },
      async cancel(reason) {
        bounds.onEnd();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

export const tooLarge = (limit: number) => new AppError('remote_answer_too_large', { params: { limit } });

/** Puts a bounded stream together. @throws what the stream fails with */
export async function readBytes(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body ?? []) pieces.push(piece);
  return Buffer.concat(pieces);
}
