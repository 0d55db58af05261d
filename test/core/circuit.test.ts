import { describe, expect, test } from 'vitest';
import { Circuit, type CircuitReport } from '../../src/core/circuit.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const LEAST = 5;

const failed = (caller: string, count = 1): CircuitReport => ({ caller, succeeded: 0, failed: count });
const succeeded = (caller: string, count = 1): CircuitReport => ({ caller, succeeded: count, failed: 0 });

/** A circuit that opened at 0. */
function opened(): Circuit {
  const circuit = new Circuit(LEAST);
  expect(circuit.report([failed('a', LEAST)], 0)).toBe(true);
  return circuit;
}

describe('a closed circuit', () => {
  test('opens at so many failures, and not before', () => {
    const circuit = new Circuit(LEAST);
    for (let call = 1; call < LEAST; call++) expect(circuit.report([failed('a')], call)).toBe(false);
    expect(circuit.view(10)).toEqual({ state: 'closed', calls: 4, failedCalls: 4, retryAt: null });
    expect(circuit.report([failed('a')], 10)).toBe(true);
    expect(circuit.view(10)).toEqual({ state: 'open', calls: 5, failedCalls: 5, retryAt: 10 + 30 * SECOND });
    expect(circuit.open).toEqual({ openings: 1, retryAt: 10 + 30 * SECOND });
  });

  test('opens where half of the calls failed, and not where fewer did', () => {
    const circuit = new Circuit(LEAST);
    expect(circuit.report([succeeded('a', 7), failed('a', 3), failed('b', 3)], 0)).toBe(false);
    expect(circuit.report([failed('b')], 1)).toBe(true);
  });

  test('is not opened by one caller among several', () => {
    const circuit = new Circuit(LEAST);
    circuit.report([succeeded('b')], 0);
    expect(circuit.report([failed('a', 100)], 1)).toBe(false);
    expect(circuit.report([failed('b')], 2)).toBe(true);
  });

  test('forgets what is older than a minute', () => {
    const circuit = new Circuit(LEAST);
    circuit.report([failed('a', LEAST - 1)], 0);
    expect(circuit.report([failed('a')], MINUTE)).toBe(false);
    expect(circuit.view(MINUTE)).toMatchObject({ calls: 1, failedCalls: 1 });
    expect(circuit.report([failed('a', LEAST - 1)], MINUTE + 1)).toBe(true);
  });

  test('forgets another caller with its calls', () => {
    const circuit = new Circuit(LEAST);
    circuit.report([succeeded('b')], 0);
    circuit.report([failed('a', LEAST)], 30 * SECOND);
    expect(circuit.view(30 * SECOND).state).toBe('closed');
    expect(circuit.report([failed('a')], MINUTE + SECOND)).toBe(true);
  });

  test('counts callers beyond a limit as one, and all of their calls', () => {
    const circuit = new Circuit(LEAST);
    const many = Array.from({ length: 1200 }, (_, n) => succeeded(`caller ${n}`));
    circuit.report(many, 0);
    expect(circuit.view(0)).toMatchObject({ calls: 1200, failedCalls: 0 });
    expect(circuit.report([failed('somebody', 700), failed('somebody else', 700)], 1)).toBe(false);
    expect(circuit.report([failed('caller 1', 1)], 2)).toBe(true);
  });

  test('lets everybody pass', () => {
    const circuit = new Circuit(LEAST);
    expect([circuit.claimProbe(0), circuit.claimProbe(0)]).toEqual([true, true]);
  });
});

describe('an open circuit', () => {
  test('lets nobody pass, and learns nothing from calls that end late', () => {
    const circuit = opened();
    expect(circuit.claimProbe(30 * SECOND - 1)).toBe(false);
    expect(circuit.report([succeeded('a'), failed('b')], SECOND)).toBe(false);
    expect(circuit.view(SECOND)).toMatchObject({ state: 'open', calls: LEAST });
  });

  test('lets one call try after half a minute, and another where that one does not tell', () => {
    const circuit = opened();
    expect(circuit.view(30 * SECOND).state).toBe('half_open');
    expect(circuit.claimProbe(30 * SECOND)).toBe(true);
    expect(circuit.claimProbe(30 * SECOND + 1)).toBe(false);
    expect(circuit.claimProbe(60 * SECOND - 1)).toBe(false);
    expect(circuit.claimProbe(60 * SECOND)).toBe(true);
  });

  test('closes with one success, and has forgotten what was', () => {
    const circuit = opened();
    circuit.claimProbe(30 * SECOND);
    expect(circuit.report([succeeded('a')], 31 * SECOND)).toBe(true);
    expect(circuit.open).toBeNull();
    expect(circuit.view(31 * SECOND)).toEqual({ state: 'closed', calls: 0, failedCalls: 0, retryAt: null });
    expect(circuit.report([failed('a', LEAST - 1)], 32 * SECOND)).toBe(false);
  });

  test('stays open twice as long each time that a try fails, up to five minutes', () => {
    const circuit = opened();
    const waits: number[] = [];
    for (let now = 30 * SECOND; waits.length < 6;) {
      expect(circuit.claimProbe(now)).toBe(true);
      expect(circuit.report([failed('a')], now)).toBe(true);
      expect(circuit.claimProbe(now)).toBe(false);
      const { retryAt } = circuit.view(now);
      waits.push((retryAt! - now) / SECOND);
      now = retryAt!;
    }
    expect(waits).toEqual([60, 120, 240, 300, 300, 300]);
  });

  test('goes on from what was kept of it', () => {
    const kept = { openings: 3, retryAt: 5 * MINUTE };
    const circuit = new Circuit(LEAST, kept);
    expect(circuit.view(MINUTE)).toMatchObject({ state: 'open', retryAt: 5 * MINUTE });
    expect(circuit.claimProbe(5 * MINUTE)).toBe(true);
    circuit.report([failed('a')], 5 * MINUTE);
    expect(circuit.open).toEqual({ openings: 4, retryAt: 5 * MINUTE + 240 * SECOND });
  });
});
