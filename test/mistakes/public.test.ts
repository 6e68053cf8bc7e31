/** The methods of expressions are those that the types declare: what is not public cannot be called by accident. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { methodNames } from "../../compiler/ir/op.js";
import { input } from "../../src/index.js";

/** The methods by the interfaces that declare them. */
function declared(): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const folder = join(import.meta.dirname, "../../compiler");
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((each) =>
    each.endsWith(".ts"),
  )) {
    const text = readFileSync(join(folder, name), "utf8");
    if (!/\/tensorMethods\.js" \{|^export interface \w*(TensorMethods|Scalar)\b/m.test(text)) continue;
    const visit = (node: ts.Node): void => {
      if (ts.isInterfaceDeclaration(node)) {
        const own = found.get(node.name.text) ?? new Set<string>();
        found.set(node.name.text, own);
        for (const { name: member } of node.members) if (member && ts.isIdentifier(member)) own.add(member.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest));
  }
  return found;
}

const interfaces = declared();
const of = (...names: readonly string[]) => new Set(names.flatMap((name) => [...(interfaces.get(name) ?? [])]));
const tensors = of("TensorMethods", "IntTensorMethods", "BoolTensorMethods");
const names = methodNames().filter((name) => name !== "constructor");

it("are declared, all of them", () => {
  const all = new Set([...tensors, ...of("HostNumber")]);
  expect(all.size).toBeGreaterThan(50);
  expect(names.filter((name) => !all.has(name))).toEqual([]);
});

it("are refused by tensors if only scalars have them", () => {
  const scalars = names.filter((name) => !tensors.has(name));
  expect(scalars).toContain("named");
  for (const name of scalars) {
    for (const element of ["float", "int32", "bool"] as const) {
      const x = input("x", [], element) as unknown as Record<string, (...given: unknown[]) => unknown>;
      expect(() => x[name]?.("name"), `${element} ${name}`).toThrow(expect.objectContaining({ code: "type-mismatch" }));
    }
  }
});
