/** Calls between a process and the one that it forked: named commands that take nothing and return what can be cloned. */
import { fork } from 'node:child_process';

type Commands<T> = { [Name in keyof T]: () => Promise<unknown> };

type Reply = { id: number; result?: unknown; error?: string };

/** In the child: answers commands; once the parent is done, or gone, cleans up and ends. */
export function serve<T extends Commands<T>>(commands: T, stop: () => Promise<void>): void {
  let stopping: Promise<void> | undefined;
  const end = () => (stopping ??= stop().finally(() => process.exit()));
  process.once('disconnect', end);
  // Ctrl-C reaches both; the parent's end is what counts.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', end);
  process.on('message', async ({ id, name }: { id: number; name: keyof T }) => {
    const reply: Reply = await commands[name]().then(
      (result) => ({ id, result }),
      (error: Error) => ({ id, error: error.stack ?? error.message }),
    );
    if (process.connected) process.send!(reply);
  });
}

export interface Remote<T> {
  commands: T;
  /** Lets the child clean up, and settles when it is gone. */
  stop(): Promise<void>;
}

/** In the parent: starts the child, whose commands become functions. */
export function startChild<T extends Commands<T>>(module: string, ...args: string[]): Remote<T> {
  const child = fork(module, args, { stdio: 'inherit' });
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const waiting = new Map<number, (reply: Reply) => void>();
  let calls = 0;
  child.on('message', (reply: Reply) => waiting.get(reply.id)?.(reply));
  void exited.then(() => {
    for (const [id, settle] of waiting) settle({ id, error: `${module} ended` });
  });
  const call = async (name: string) => {
    const id = ++calls;
    const reply = await new Promise<Reply>((settle) => {
      waiting.set(id, settle);
      child.send({ id, name });
    });
    waiting.delete(id);
    if (reply.error) throw new Error(reply.error);
    return reply.result;
  };
  return {
    commands: new Proxy({} as T, { get: (_, name) => () => call(String(name)) }),
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
