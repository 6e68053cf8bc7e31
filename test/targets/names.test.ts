/** Identifiers from whatever users call their tensors. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { identifier, Names } from "../../compiler/targets/js/names.js";
import { runs } from "../runs.js";

const words =
  "break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in " +
  "instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with " +
  "yield await arguments eval undefined NaN Infinity Math";

const hostile = [
  ...words.split(" "),
  "__proto__",
  "constructor",
  "",
  " ",
  '"',
  "'",
  "`${process.exit()}`",
  "a\nb",
  "a\u2028b",
  "*/ alert(1) /*",
  "// x",
  "a;b",
  "0",
  "1e3",
  "-1",
  "été",
  "名前",
  "😀",
  "ſ",
  "a".repeat(10_000),
  "\\u0061",
  "$",
  "$$",
  "a b",
  "hidden.weight",
  "A",
  "RGB",
];

/** Whether a name declares a variable in strict code, and is nothing else. */
function declares(name: string): boolean {
  const run = new Function(`"use strict"; const ${name} = 17; return ${name};`) as () => unknown;
  return run() === 17;
}

describe("identifier", () => {
  it("is camel case", () => {
    expect(identifier("hidden.weight")).toBe("hiddenWeight");
    expect(identifier("layers.0.exp_avg")).toBe("layers0ExpAvg");
    expect(identifier("RGB")).toBe("rgb");
    expect(identifier("0")).toBe("n0");
    expect(identifier("")).toBe("value");
  });

  it.each(hostile)("is plain: %j", (text) => {
    const name = new Names().take(identifier(text));
    expect(name).toMatch(/^[A-Za-z$][A-Za-z0-9$_]*$/);
    expect(name.length).toBeLessThan(80);
    expect(declares(name)).toBe(true);
  });

  it("is plain, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
        const name = new Names().take(identifier(text));
        expect(name).toMatch(/^[A-Za-z$][A-Za-z0-9$_]*$/);
        expect(declares(name)).toBe(true);
      }),
      runs(500, 1),
    );
  });
});

describe("Names", () => {
  it("gives each name once", () => {
    const names = new Names(["taken"]);
    const given = ["a", "a", "taken", "a", "a2"].map((each) => names.take(each));
    expect(given).toEqual(["a", "a2", "taken2", "a3", "a22"]);
    expect(new Set(given).size).toBe(given.length);
  });

  it("gives two long texts that begin alike two names", () => {
    const names = new Names();
    const given = ["x", "y"].map((end) => names.take(identifier("a".repeat(5000) + end)));
    expect(new Set(given).size).toBe(2);
  });

  it("frees the names of a scope that has ended", () => {
    const names = new Names();
    names.take("a");
    const mark = names.mark();
    expect(names.take("b")).toBe("b");
    names.release(mark);
    expect(names.take("b")).toBe("b");
    expect(names.take("a")).toBe("a2");
  });
});
