import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LeaveWatch } from '../../../src/features/llm/calls/leave-watch.ts';

let cuts = 0;
let watch: LeaveWatch;

beforeEach(() => {
  vi.useFakeTimers();
  cuts = 0;
  watch = new LeaveWatch(() => (cuts += 1));
});
afterEach(() => void vi.useRealTimers());

test('a call that is read is never cut', () => {
  watch.note();
  vi.advanceTimersByTime(60_000);
  expect({ cuts, isLeft: watch.isLeft }).toEqual({ cuts: 0, isLeft: false });
});

test('one that was left is cut in the pause after its next piece, and not while others follow', () => {
  watch.leave();
  vi.advanceTimersByTime(500);
  for (let piece = 0; piece < 20; piece++) {
    watch.note();
    vi.advanceTimersByTime(1);
  }
  expect(cuts).toBe(0);
  vi.advanceTimersByTime(10);
  expect(cuts).toBe(1);
});

test('a pause that was seen too late is none: what came meanwhile is read first', () => {
  watch.leave();
  watch.note();
  // The thread was held up: its timers come now, and what the network brought comes after them.
  vi.setSystemTime(Date.now() + 100);
  vi.advanceTimersByTime(2);
  expect(cuts).toBe(0);
  watch.note();
  watch.rest();
  vi.advanceTimersByTime(500);
  expect(cuts).toBe(0);
  watch.note();
  vi.advanceTimersByTime(10);
  expect(cuts).toBe(1);
});

test.each([['without a piece', () => {}] as const, ['with one after the other', () => watch.note()] as const])(
  'two seconds are the limit %s',
  (_, come) => {
    watch.leave();
    for (let at = 0; at < 1_999; at++) {
      come();
      vi.advanceTimersByTime(1);
    }
    expect(cuts).toBe(0);
    vi.advanceTimersByTime(1);
    expect(cuts).toBe(1);
  },
);

test('who comes back in time finds it going on', () => {
  watch.leave();
  watch.note();
  watch.stay();
  vi.advanceTimersByTime(60_000);
  expect({ cuts, isLeft: watch.isLeft }).toEqual({ cuts: 0, isLeft: false });
});
