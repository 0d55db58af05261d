/** What is done to a run in the middle, and when. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GRAPH } from './graph.ts';
import type { Place } from './place.ts';
import type { Watcher } from './watcher.ts';

/** A run under way, as a fault sees it. */
export interface Underway {
  place: Place;
  run: string;
  execution: string;
  watcher: Watcher;
}

export interface Fault {
  name: string;
  /** Milliseconds that the model thinks about its answer. */
  thinkMs?: number;
  /** Whether everything is killed, so that what was under way begins again. */
  isDeadly?: boolean;
  /** Whether it is started with nobody told, as where the message to its runner is lost. */
  isLost?: boolean;
  /** The step whose call gets no answer: once it is called, it is time. */
  holds?: string;
  /** Resolves when it is time, where nothing is held. */
  when(underway: Underway): Promise<void>;
  strike(underway: Underway): Promise<void>;
}

const AWAY_MS = 5_000;

/** As long as the model takes to be caught in the middle of it. */
const THINK_MS = 20_000;

async function killStack({ place, watcher }: Underway): Promise<void> {
  await place.kill();
  watcher.close();
  await place.start();
}

const killedAfter = (step: string): Fault => ({
  name: `killed once ${step} is done`,
  isDeadly: true,
  when: ({ watcher }) => watcher.untilCompleted(step),
  strike: killStack,
});

export const killedDuring = (step: string): Fault => ({
  name: `killed while ${step} waits for an answer`,
  isDeadly: true,
  holds: step,
  when: async () => {},
  strike: killStack,
});

export const FAULTS: Fault[] = [
  { name: 'none', when: async () => {}, strike: async () => {} },
  ...GRAPH.nodes.map(({ id }) => killedAfter(id === 'item' ? 'item/0' : id)),
  ...['fetch', 'item/2', 'send'].map(killedDuring),
  {
    name: 'killed while the model thinks',
    thinkMs: THINK_MS,
    isDeadly: true,
    async when({ place, run }) {
      while ((await place.modelCalls(run)).active === 0) await sleep(20);
    },
    strike: killStack,
  },
  {
    name: 'message doubled',
    when: ({ watcher }) => watcher.untilCompleted('fetch'),
    async strike({ place }) {
      const later = new Date(Date.now() + 10 * 60_000);
      await Promise.all([place.runSweeps(later), place.runSweeps(later)]);
    },
  },
  {
    name: 'message lost',
    isLost: true,
    when: async () => {},
    strike: ({ place }) => place.runSweeps(new Date()),
  },
  {
    name: `database away for ${AWAY_MS / 1000} s`,
    when: ({ watcher }) => watcher.untilCompleted('fetch'),
    async strike({ place }) {
      await place.stopDatabase();
      await sleep(AWAY_MS);
      await place.startDatabase();
    },
  },
];

/** One of each kind. */
export const SMOKE = ['killed once item/0 is done', 'killed while send waits for an answer', 'message lost'];
