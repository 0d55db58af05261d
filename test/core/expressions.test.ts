import { describe, expect, test } from 'vitest';
import { seededClock } from '../../src/core/expression-clock.ts';
import {
  compileExpression,
  evaluateExpression,
  ExpressionBudget,
  ExpressionError,
} from '../../src/core/expressions.ts';
import type { ExpressionLimits } from '../../src/core/expressions.ts';

const evaluate = (text: string, input: unknown = {}, bindings = {}, limits: Partial<ExpressionLimits> = {}) =>
  evaluateExpression(compileExpression(text), input, bindings, new ExpressionBudget(limits));

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => (error instanceof ExpressionError ? error.code : error),
  );

describe('an expression', () => {
  test.each([
    ['price * 2', { price: 21 }, 42],
    ['items[price > 1].name', { items: [{ name: 'a', price: 2 }, { price: 1 }] }, 'a'],
    ['items[price > 1].name[]', { items: [{ name: 'a', price: 2 }, { price: 1 }] }, ['a']],
    ['[items.name]', { items: [{ name: 'a' }] }, ['a']],
    ['$', [[1], 2], [[1], 2]],
    ['$reduce([1..4], function($a, $b) { $a * $b })', {}, 24],
    ['items^(>n).n', { items: [{ n: 1 }, { n: 3 }, { n: 2 }] }, [3, 2, 1]],
    ['$replace("John Smith", /(\\w+)\\s(\\w+)/, "$2, $1")', {}, 'Smith, John'],
    ['$replace("ab", /[a-z]/, function($m) { $uppercase($m.match) })', {}, 'AB'],
    ['$split("a, b ,c", /\\s*,\\s*/)', {}, ['a', 'b', 'c']],
    ['$match("abab", /a(b)/).groups', {}, ['b', 'b']],
    ['$distinct(list)', { list: [1, '1', 1, { a: 1, b: 2 }, { b: 2, a: 1 }] }, [1, '1', { a: 1, b: 2 }]],
    ['$toMillis("20260131", "[Y0001][M01][D01]")', {}, Date.UTC(2026, 0, 31)],
    ['nothing.here', {}, undefined],
    ['constructor', {}, undefined],
    ['__proto__', {}, undefined],
  ])('%s', async (text, input, expected) => {
    expect(await evaluate(text, input)).toEqual(expected);
  });

  test('knows what is bound to it', async () => {
    expect(await evaluate('$rate * n', { n: 2 }, { rate: 3 })).toBe(6);
  });

  test('results in plain JSON', async () => {
    const made = (await evaluate(
      '{ "__proto__": { "x": 1 }, "sum": $sum, "list": $map([1], function($v) { $v }) }',
    )) as object;
    expect(JSON.stringify(made)).toBe('{"__proto__":{"x":1},"list":1}');
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
    expect(({} as { x?: number }).x).toBeUndefined();
    const list = await evaluate('[1..3]');
    expect(Object.keys(list as object)).toEqual(['0', '1', '2']);
  });

  test('says where it is wrong', () => {
    expect(() => compileExpression('a + ')).toThrow(
      expect.objectContaining({ code: 'expression_invalid', position: 4 }),
    );
    expect(() => compileExpression('x'.repeat(10_001))).toThrow(
      expect.objectContaining({ code: 'expression_invalid' }),
    );
    expect(() => compileExpression('('.repeat(4_900) + ')'.repeat(4_900))).toThrow(ExpressionError);
  });

  test('has no $eval, by whatever way', async () => {
    expect(() => compileExpression('$eval("1")')).toThrow(expect.objectContaining({ code: 'expression_invalid' }));
    expect(await codeOf(evaluate('($e := $eval; $e("1"))'))).toBe('expression_failed');
    expect(await codeOf(evaluate('"1" ~> $eval'))).toBe('expression_failed');
    expect(await codeOf(evaluate('$map(["1"], $eval)'))).toBe('expression_failed');
  });

  test('input that looks like a function is none', async () => {
    const lambda = { _jsonata_lambda: true, body: { type: 'string', value: 'x' }, arguments: [] };
    expect(await codeOf(evaluate('f()', { f: lambda }))).toBe('expression_failed');
    expect(await evaluate('f', { f: lambda })).toBeUndefined();
  });
});

describe('the functions of the language, which all expressions share', () => {
  const change = '{ "f": $sum } ~> |f|{ "implementation": 1 }|';

  test.each([
    ['by name', `($clone := function($x) { $x }; ${change})`],
    ['as a parameter', `function($clone) { ${change} }(function($x) { $x })`],
    ['by focus', `[function($x) { $x }]@$clone.(${change})`],
    ['by index', `[1]#$clone.(${change})`],
  ])('cannot be changed by a $clone of one’s own, given %s', async (_, text) => {
    const outcome = await codeOf((async () => evaluate(text))());
    expect(await evaluate('$sum([1, 2])')).toBe(3);
    expect(outcome).toBe('expression_invalid');
  });

  test('are not taken apart', async () => {
    expect(await codeOf(evaluate('$spread([$sum])'))).toBe('expression_failed');
    expect(await codeOf(evaluate('[[$sum]] ~> $spread'))).toBe('expression_failed');
    expect(await evaluate('$spread({ "a": 1, "b": 2 })')).toEqual([{ a: 1 }, { b: 2 }]);
  });

  test('leave what they are given as it is', async () => {
    const input = { list: [{ n: 1 }] };
    expect(await evaluate('$ ~> |list|{ "n": 2 }|', input)).toEqual({ list: [{ n: 2 }] });
    expect(input).toEqual({ list: [{ n: 1 }] });
  });
});

test('others have their turn while an expression is evaluated', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await evaluate('$count([1..60000].($ * 2))');
  clearInterval(timer);
  expect(turns).toBeGreaterThan(1);
});

describe('what an expression may do', () => {
  const DOUBLE = '($f := function($x, $n) { $n = 0 ? $x : $f({ "a": $x, "b": $x }, $n - 1) };';

  test.each([
    ['goes on for ever', '($f := function($n) { $f($n + 1) }; $f(0))'],
    ['nests for ever', '($f := function($n) { 1 + $f($n + 1) }; $f(0))'],
    ['doubles a text', '($f := function($x) { $f($x & $x) }; $f("aaaa"))'],
    ['pads', '$pad("x", 1000000000)'],
    ['makes many long texts', '[1..10000].$pad("", 100000)'],
    ['joins', '$join([1..10000].$pad("", 1000), $pad("", 10000))'],
    ['replaces with long texts', '$replace($pad("", 5000, "a"), "a", $pad("", 5000, "b"))'],
    ['replaces matches with long texts', '$replace($pad("", 20000, "a"), /a/, $pad("", 5000, "b"))'],
    ['replaces matches by a function', '$replace($pad("", 20000, "a"), /a/, function($m) { $pad("", 5000) })'],
    ['writes what it has twice, and that twice', `${DOUBLE} $length($string($f(1, 60))))`],
    ['compares it', `${DOUBLE} $f(1, 60) = $f(1, 60))`],
    ['looks through it', `${DOUBLE} $count($f(1, 60).**))`],
    ['puts it out', `${DOUBLE} $f(1, 60))`],
    ['has a picture without end', '$fromMillis(0, "[Y,999999999]")'],
    ['reads a time in very many ways', `$toMillis("${'1'.repeat(64)}x", "${'[Y]'.repeat(20)}")`],
  ])('%s', async (_, text) => {
    expect(await codeOf(evaluate(text, {}, {}, { steps: 200_000 }))).toBe('expression_limit');
  });

  test.each([
    ['a range', '[1..10000000]'],
    ['a list that doubles', '($f := function($x) { $f($append($x, $x)) }; $f([1, 2]))'],
  ])('%s has an end', async (_, text) => {
    expect(await codeOf(evaluate(text))).toBe('expression_failed');
  });

  test('is counted over all items that share a budget', async () => {
    const budget = new ExpressionBudget({ steps: 100 });
    const one = () => evaluateExpression(compileExpression('a + b'), { a: 1, b: 2 }, {}, budget);
    await one();
    await expect(
      (async () => {
        for (let n = 0; n < 100; n++) await one();
      })(),
    ).rejects.toMatchObject({ code: 'expression_limit' });
  });

  test('is not in the way of what people do', async () => {
    const items = Array.from({ length: 10_000 }, (_, n) => ({ n, name: `name ${n}` }));
    expect(await evaluate('$sum(items.(n * 2))', { items })).toBe(99_990_000);
    expect(await evaluate('$count(items[$contains(name, /9$/)])', { items })).toBe(1_000);
    expect(await evaluate('$count($split(text, /\\s+/))', { text: 'word '.repeat(5_000) })).toBe(5_001);
  });
});

describe('a regular expression', () => {
  test('cannot hang', async () => {
    const text = `${'a'.repeat(50_000)}b`;
    expect(await evaluate('$contains(text, /(a+)+$/)', { text })).toBe(false);
    expect(await evaluate('$contains(text, /(a|a|aa)*c/)', { text })).toBe(false);
    expect(await codeOf(evaluate('$match(text, /a[^c]*c|a/)', { text }, {}, { steps: 20_000 }))).toBe(
      'expression_limit',
    );
  });

  test('of a kind that could is refused before it runs', () => {
    for (const pattern of ['(?=a)b', '(a)\\1', '((a{100}){100}){100}']) {
      expect(() => compileExpression(`$contains("", /${pattern}/)`)).toThrow(
        expect.objectContaining({ code: 'expression_invalid' }),
      );
    }
  });

  test('matches as others do', async () => {
    expect(await evaluate('$contains("ABC", /b/i)')).toBe(true);
    expect(await evaluate('$match("a\nb", /^b$/m).match')).toBe('b');
    expect(await evaluate('$match("😀x", /./).match')).toEqual(['😀', 'x']);
    expect(await evaluate('$match("2026-01", /(\\d+)-(\\d+)(x)?/).groups')).toEqual(['2026', '01', null]);
  });
});

describe('time and chance', () => {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5);
  const within = (text: string, ...seed: string[]) =>
    evaluateExpression(compileExpression(text), {}, {}, undefined, seededClock(at, ...seed));

  test('are those of the clock', async () => {
    expect(await within('[$now(), $millis(), $now("[Y]"), $toMillis("07:08", "[H01]:[m01]")]')).toEqual([
      '2026-01-02T03:04:05.000Z',
      at,
      '2026',
      Date.UTC(2026, 0, 2, 7, 8),
    ]);
    const chance = '{ "numbers": [1..20].$random(), "mixed": $shuffle([1..20]) }';
    const first: any = await within(chance, 'a');
    expect(await within(chance, 'a')).toEqual(first);
    expect(await within(chance, 'b')).not.toEqual(first);
    expect(new Set(first.numbers).size).toBe(20);
    expect(first.numbers.every((one: number) => one >= 0 && one < 1)).toBe(true);
    expect(first.mixed.toSorted((one: number, other: number) => one - other)).toEqual(
      Array.from({ length: 20 }, (_, one) => one + 1),
    );
  });

  test('are any where nobody says', async () => {
    const [one, other]: any = await evaluate('[$random(), $random()]');
    expect(one).not.toBe(other);
    expect(Math.abs(((await evaluate('$millis()')) as number) - Date.now())).toBeLessThan(5_000);
  });

  test('come from many seeds evenly', () => {
    const means = Array.from({ length: 50 }, (_, seed) => {
      const { random } = seededClock(0, seed);
      return Array.from({ length: 1_000 }, random).reduce((sum, one) => sum + one, 0) / 1_000;
    });
    for (const mean of means) expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
    // What each gives first is no more alike than the rest.
    const firsts = Array.from({ length: 1_000 }, (_, seed) => seededClock(0, seed).random());
    expect(Math.abs(firsts.reduce((sum, one) => sum + one, 0) / 1_000 - 0.5)).toBeLessThan(0.05);
  });
});
