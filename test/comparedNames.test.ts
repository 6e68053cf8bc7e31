/** That the search for compared names finds what it is for, and nothing else. */
import { describe, expect, it } from "vitest";
import { comparedNames, definedNames } from "./comparedNames.js";

const found = (text: string): string[] =>
  comparedNames("planted.ts", text).map((each) => each.split(": ")[1] as string);

describe("compared names are found", () => {
  it.each([
    ["an equality", 'if (node.op.definition.name === "neg") {}', 'node.op.definition.name === "neg"'],
    ["its negation", 'const ok = "pad" !== definition.name;', '"pad" !== definition.name'],
    ["two definitions", "each.op.definition.name === placeholder.definition.name;", "each.op.definition.name ==="],
    ["the function's own name", 'node.op.name === "add";', 'node.op.name === "add"'],
    ["a set", "foldable.has(definition.name);", "foldable.has(definition.name)"],
    ["a list", '["add", "sub"].includes(node.op.definition.name);', "includes(node.op.definition.name)"],
    ["a table", "rules[node.op.definition.name]?.(view);", "rules[node.op.definition.name]"],
    ["a map", "rules.get(op.definition.name);", "rules.get(op.definition.name)"],
    ["a key of a table", "op.definition.name in rules;", "op.definition.name in rules"],
    ["a switch", 'switch (node.op.definition.name) { case "add": }', "switch (node.op.definition.name)"],
    ["a part of it", 'node.op.definition.name.startsWith("cum");', "startsWith"],
    ["a pattern", "/^cum/.test(node.op.definition.name);", "/^cum/.test"],
    ["destructuring", 'const { name, lowering } = node.op.definition; if (name === "add") {}', 'name === "add"'],
    ["another local name", 'const { name: kind } = op.definition; kind === "add";', 'kind === "add"'],
    ["destructuring twice", 'const { definition: { name } } = node.op; name === "add";', 'name === "add"'],
    ["a constant", 'const kind = definition.name; kind === "add";', 'kind === "add"'],
    ["a parameter", 'function f(kind: string) { return kind === "min"; } f(op.definition.name);', 'kind === "min"'],
    ["a function", 'const kindOf = (n) => n.op.definition.name; kindOf(x) === "add";', 'kindOf(x) === "add"'],
    [
      "a method",
      'class A { of(n) { return n.op.definition.name; } b = (n) => this.of(n) === "x"; }',
      'this.of(n) === "x"',
    ],
    ["an assertion", "rules[(node.op.definition.name as string)];", "rules["],
  ])("%s", (_, text, part) => {
    expect(found(text)).toEqual([expect.stringContaining(part)]);
  });

  it("each on its line", () => {
    expect(comparedNames("a.ts", '\nlet x;\nif (op.definition.name === "add") {}')).toEqual([
      'a.ts:3: op.definition.name === "add"',
    ]);
  });
});

it.each([
  ["a printed name", "throw new Error(`${node.op.definition.name} reduces nothing`);"],
  ["a key of which it is a part", "const key = `${op.definition.name}(${args.join()})`; known.get(key);"],
  ["a name of a node", 'if (node.name === "loss") {}'],
  ["an attribute", 'node.attributes["name"] === "step";'],
  ["an operator of kernels", 'switch (scalar.operator) { case "add": }'],
  ["another name in an inner scope", 'const { name } = op.definition; const f = (name) => name === "loss"; f("x");'],
  ["the identity of a definition", "node.op.definition === op.definition;"],
])("%s is no compared name", (_, text) => {
  expect(found(text)).toEqual([]);
});

it("the names that a file defines are found", () => {
  const text = `
    export const add = binaryOp({ name: "add", scalar: "add" });
    const best = (name: string, factor: number) => defineOp<[x: X], A>({ name, parse });
    const along = (name: string) => best(name, 1);
    export const argmax = along("argmax");
    function keeper(kind: "param" | "state") { return defineOp({ name: kind }); }
    export const [param, state] = [keeper("param"), keeper("state")];
    const other = { name: "other" };
  `;
  expect(definedNames("a.ts", text).sort()).toEqual(["add", "argmax", "param", "state"]);
});
