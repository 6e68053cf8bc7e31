/** Memory as ranges of named values equals memory as an array of bytes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Memory } from "../../compiler/plan/verify/memory.js";
import { runs } from "../runs.js";

test("what is read is what was written last, whole and in its place", () => {
  const range = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 12 }), fc.constantFrom("a", "b", "c"));
  fc.assert(
    fc.property(
      fc.array(range, { maxLength: 12 }),
      fc.array(range, { minLength: 1, maxLength: 5 }),
      (writes, reads) => {
        const memory = new Memory();
        const bytes = new Map<number, string>();
        for (const [from, length, value] of writes) {
          memory.write(from, from + length, value);
          for (let at = from; at < from + length; at++) bytes.set(at, `${value} + ${at - from}`);
        }
        for (const [from, length, value] of [...reads, ...writes]) {
          const whole = Array.from({ length }, (_, at) => bytes.get(from + at)).every(
            (each, at) => each === `${value} + ${at}`,
          );
          expect(memory.instead(from, from + length, value) === null).toBe(whole);
        }
      },
    ),
    runs(500, 1),
  );
});

test("it says what is there instead", () => {
  const memory = new Memory();
  expect(memory.instead(0, 8, "a")).toBe("nothing has been written there");
  memory.write(0, 8, "a");
  expect(memory.instead(0, 8, "a")).toBeNull();
  expect(memory.instead(0, 4, "b")).toBe("it holds a");
  expect(memory.instead(0, 12, "a")).toBe("byte 8 is undefined");
  expect(memory.instead(4, 8, "a")).toBe("a lies there, moved by 4 bytes");
  memory.write(4, 6, "b");
  expect(memory.instead(0, 8, "a")).toBe("from byte 4 it holds b");
});
