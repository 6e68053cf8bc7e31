/**
 * What the machine gives at this moment: a loop of 4-lane multiplications and additions in WebAssembly that stays in
 * registers, assembled here byte by byte. As a worker it answers each line with `{"strict": GFLOP/s, "relaxed": ...}`;
 * the relaxed loop, of fused multiply-adds, is null where the engine has none.
 */
import { createInterface } from "node:readline";

const v128 = 0x7b;
const i32 = 0x7f;
const [localGet, localSet, localTee] = [0x20, 0x21, 0x22];
const [loop, end, branchIf] = [0x03, 0x0b, 0x0d];
const [i32Const, i32Sub] = [0x41, 0x6b];
const [f32x4Add, f32x4Mul, relaxedMadd] = [0xe4, 0xe6, 0x105];

/** Numbers of more than seven bits, as WebAssembly writes them (LEB128, unsigned). */
const leb = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)]);
const sized = (bytes) => [...leb(bytes.length), ...bytes];
const section = (id, items) => [id, ...sized([...leb(items.length), ...items.flat()])];
const simd = (opcode) => [0xfd, ...leb(opcode)];
const splat = (value) => [0x43, ...new Uint8Array(new Float32Array([value]).buffer), ...simd(0x13)];

/**
 * Accumulators side by side, each of which becomes itself times a factor plus a term. A product that does not depend on the
 * accumulator would not do: the engine computes it once, before the loop, and what is left are additions alone.
 */
function assemble([count, unroll], relaxed) {
  const rounds = 0;
  const [factor, term] = [1, 2];
  const operands = [factor, term];
  const accumulators = Array.from({ length: count }, (_, i) => 1 + operands.length + i);
  const multiplyAdd = (accumulator) => {
    const operands = [localGet, accumulator, localGet, factor];
    const sum = relaxed
      ? [...operands, localGet, term, ...simd(relaxedMadd)]
      : [...operands, ...simd(f32x4Mul), localGet, term, ...simd(f32x4Add)];
    return [...sum, localSet, accumulator];
  };
  const body = [
    ...[1, operands.length + accumulators.length, v128],
    ...operands.flatMap((operand) => [...splat(0.001 * operand), localSet, operand]),
    ...[loop, 0x40],
    ...Array.from({ length: unroll }, () => accumulators.flatMap(multiplyAdd)).flat(),
    ...[localGet, rounds, i32Const, 1, i32Sub, localTee, rounds, branchIf, 0],
    end,
    // What is computed is returned, or an engine might leave it out.
    ...accumulators.flatMap((accumulator, i) => [localGet, accumulator, ...(i === 0 ? [] : simd(f32x4Add))]),
    ...[...simd(0x1f), 0],
    end,
  ];
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [[0x60, 1, i32, 1, 0x7d]]),
    ...section(3, [[0]]),
    ...section(7, [[...sized([0x66]), 0, 0]]),
    ...section(10, [sized(body)]),
  ]);
}

/** How many accumulators, and how often the body is repeated: more of either costs registers, or a branch less. */
const shapes = [8, 10, 12].flatMap((count) => [1, 2, 4].map((unroll) => [count, unroll]));

/** For each shape that the engine takes, a function that measures GFLOP/s over some millions of multiplications. */
function compile(relaxed) {
  const valid = shapes.filter((shape) => WebAssembly.validate(assemble(shape, relaxed)));
  return valid.map((shape) => {
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(assemble(shape, relaxed))).exports;
    const each = shape[0] * shape[1];
    // Through the tiers of the engine.
    for (let call = 0; call < 2000; call++) f(100);
    return (millions) => {
      const rounds = Math.round((millions * 1e6) / each);
      const start = performance.now();
      f(rounds);
      return (rounds * each * 8) / (performance.now() - start) / 1e6;
    };
  });
}

/** The best shape differs between processors and engines: it is chosen once, at the start. */
function choose(loops) {
  const speeds = loops.map((measure) => Math.max(...Array.from({ length: 10 }, () => measure(5))));
  return loops[speeds.indexOf(Math.max(...speeds))];
}

const [strict, relaxed] = [choose(compile(false)), choose(compile(true))];

for await (const _ of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify({ strict: strict(50), relaxed: relaxed?.(50) ?? null }));
}
