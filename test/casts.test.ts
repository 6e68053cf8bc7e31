/** Types are not argued away: one file stands between expressions and the types of users, and few others cast twice. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, expectTypeOf, it } from "vitest";
import type { ArgsOf, Expression, Operand, TensorType } from "../compiler/ir/op.js";
import { ownFolders } from "../compiler/ir/place.js";
import type { Each } from "../compiler/ir/tensorType.js";

const root = resolve(import.meta.dirname, "..");
const door = "compiler/ir/asTensor.ts";

/** How often each file casts by way of `unknown`, and why. The numbers may only become smaller. */
const known: Readonly<Record<string, readonly [count: number, why: string]>> = {
  "compiler/check/instance.ts": [1, "the exports of a module that was made a moment ago"],
  "compiler/ir/op.ts": [3, "nodes are made by Object.assign; an operation of one arity among those of any"],
  "compiler/ir/packageCopy.ts": [1, "a class whose constructor gives back what it is handed"],
  "compiler/optimizers/optimizer.ts": [1, "what a user's update gives is checked where it is read"],
  "files/checkpoint.ts": [1, "the state of a net as a tree, by the paths of what it keeps"],
  "runtime/arrays.ts": [1, "numbers in nested arrays, checked as they are gathered"],
  "runtime/groups.ts": [1, "hyper-parameters of which one key stands for those of groups"],
  "runtime/program.ts": [2, "a net has the methods that its description names"],
  "cli/apart/guard.ts": [1, "the functions of process, by name"],
  "cli/job.ts": [1, "a manifest, read as the part of it that says what memory it needs"],
};

const sources = ownFolders.flatMap((folder) =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name))),
);

/** A file without its comments. */
const codeOf = (file: string): string => readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");

it("the door alone casts between expressions and tensors", () => {
  const found: Record<string, number> = {};
  for (const file of sources) {
    const { length } = [...codeOf(file).matchAll(/\bas\s+(?:unknown|never|any)\s+as\b/g)];
    if (length > 0 && file !== door) found[file] = length;
  }
  expect(found).toEqual(Object.fromEntries(Object.entries(known).map(([file, [count]]) => [file, count])));
});

/** The files in which numbers become ids of nodes, and slots of groups. */
const idDoors = ["compiler/ir/ids.ts", "compiler/plan/fuse/groupGraph.ts"];

it("numbers become ids and slots at their doors alone", () => {
  const cast = /\bas\s+(?:readonly\s+)?[\w<[(\s]*\b(?:NodeId|Slot)\b/;
  const found = sources.filter((file) => cast.test(codeOf(file)));
  expect(found.sort()).toEqual(idDoors);
});

it("an operation has an argument for each parameter that can be an expression", () => {
  expectTypeOf<ArgsOf<[x: Operand, axis?: number]>>().toEqualTypeOf<readonly [Expression]>();
  expectTypeOf<ArgsOf<[x: Expression, beta?: Operand]>>().toEqualTypeOf<readonly [Expression, Expression]>();
  expectTypeOf<ArgsOf<[x: Expression, y: Expression | undefined]>>().toEqualTypeOf<
    readonly [Expression, Expression?]
  >();
  expectTypeOf<ArgsOf<[tensors: readonly Expression[], axis: number]>>().toEqualTypeOf<readonly Expression[]>();
  expectTypeOf<ArgsOf<[name: string, type: TensorType]>>().toEqualTypeOf<readonly []>();
  expectTypeOf<ArgsOf<readonly never[]>>().toEqualTypeOf<readonly Expression[]>();
  expectTypeOf<Each<readonly [Expression, Expression], string>>().toEqualTypeOf<readonly [string, string]>();
});
