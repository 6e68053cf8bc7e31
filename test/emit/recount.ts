/**
 * Counts by running: a kernel's emitted text is rewritten so that every load, store and floating-point operation is
 * noted, and then called. It shares nothing with the analysis but the kernel.
 */
import { callsOf } from "../../compiler/ir/program.js";
import { js } from "../../compiler/targets/js/js.js";
import ts from "typescript";
import { mathFunction } from "../../compiler/ir/math.js";
import {
  extentOf,
  scalarsOf,
  visitScalars,
  visitStatements,
  type Kernel,
  type Statement,
} from "../../compiler/ir/kernel.js";
import { splitLinear } from "../../compiler/ir/linearIndex.js";
import { indexSize, substitute, type Index, type Size } from "../../compiler/ir/size.js";
import * as scalars from "../../compiler/ir/scalar.js";
import { bytesOf, type Buffer } from "../../compiler/plan/memory/buffer.js";
import { flopsOfFunction, type Cost } from "../../compiler/plan/cost/cost.js";
import type { CompiledFunction, CompiledProgram, KernelCall } from "../../compiler/emit/compiled.js";
import type { PrintedKernel } from "../../compiler/targets/target.js";

interface Recorder {
  readonly data: Float64Array;
  readonly read: Uint8Array;
  readonly written: Uint8Array;
}

/**
 * The accesses and operations of a kernel that is called at capacity. Operations are counted with contractions as plain
 * loops.
 */
export function recount(program: CompiledProgram, made: CompiledFunction, position: number): Cost {
  const { kernel, printed } = callsOf(made.steps)[position] as KernelCall;
  const asEmitted = run(program, made, kernel, printed);
  const plain = { ...kernel, body: withoutContractions(kernel.body) };
  const asLoops = run(
    program,
    made,
    plain,
    program.target.printKernel(
      plain,
      (id) => id,
      (dim) => made.dims[dim] as number,
    ),
  );
  if (asLoops.bytesRead !== asEmitted.bytesRead || asLoops.bytesWritten !== asEmitted.bytesWritten) {
    throw new Error(`${kernel.name}: contractions touch other memory than plain loops do`);
  }
  return { ...asEmitted, flops: asLoops.flops };
}

function run(program: CompiledProgram, made: CompiledFunction, kernel: Kernel, printed: PrintedKernel): Cost {
  const buffers = new Map<string, Recorder>();
  const floats = new Set<string>();
  const args = printed.passes.map((pass, slot) => {
    if (pass.kind === "dimension") return made.dims[pass.name];
    const type = pass.kind === "scalar" ? pass.type : bufferOf(program, made, pass.id).type;
    if (type === "f32" || type === "f64") floats.add(printed.parameters[slot] as string);
    if (pass.kind === "scalar") return 0.5;
    const { length } = bufferOf(program, made, pass.id);
    const data = Float64Array.from({ length }, (_, i) =>
      type === "i32" ? i : type === "bool" ? i % 2 : 0.1 + (i % 7) / 10,
    );
    const recorder = { data, read: new Uint8Array(length), written: new Uint8Array(length) };
    buffers.set(pass.id, recorder);
    return recorder;
  });
  const text = `function kernel(${printed.parameters.join(", ")}) {\n${printed.body}\n}`;
  const helpers = js.printHelpers([kernel], [], program.scratch).text;
  const counter = { flops: 0 };
  const isRecorder = (x: Recorder | Float64Array): x is Recorder => "data" in x;
  const get = (x: Recorder | Float64Array, i: number): number => {
    if (!isRecorder(x)) return x[i] as number;
    if (!(i >= 0 && i < x.data.length)) throw new Error(`read at ${i} of ${x.data.length}`);
    x.read[i] = 1;
    return x.data[i] as number;
  };
  const put = (x: Recorder | Float64Array, i: number, value: number): void => {
    if (!isRecorder(x)) {
      x[i] = value;
      return;
    }
    if (!(i >= 0 && i < x.data.length)) throw new Error(`write at ${i} of ${x.data.length}`);
    x.written[i] = 1;
    x.data[i] = value;
  };
  const both$ = <T>(condition: unknown, x: T, y: T): T => (condition ? x : y);
  const call = new Function(
    "counter",
    "get",
    "put",
    "both$",
    `${noteMemory(helpers)}\n${instrument(text, floats, callees(kernel))}\nreturn kernel;`,
  ) as (...given: readonly unknown[]) => (...given: readonly unknown[]) => void;
  call(counter, get, put, both$)(...args);
  const bytes = (which: "read" | "written"): number =>
    [...buffers].reduce(
      (sum, [id, recorder]) =>
        sum + recorder[which].reduce((count, each) => count + each, 0) * bytesOf[bufferOf(program, made, id).type],
      0,
    );
  return { flops: counter.flops, bytesRead: bytes("read"), bytesWritten: bytes("written") };
}

const bufferOf = (program: CompiledProgram, made: CompiledFunction, id: string): Buffer =>
  (made.buffers.get(id) ?? program.leaves.get(id)) as Buffer;

/** Every contraction as loops around a sum. */
function withoutContractions(statements: readonly Statement[]): readonly Statement[] {
  return statements.map((statement): Statement => {
    if (statement.kind === "loop" || statement.kind === "while")
      return { ...statement, body: withoutContractions(statement.body) };
    if (statement.kind !== "contract") return statement;
    const { rows, columns, depths, a, b, type, value, epilogue } = statement;
    const depth: Index = { id: `${value}:depth`, extent: extentOf(depths) };
    const places = splitLinear(
      indexSize(depth),
      depths.map(({ extent }) => extent),
    );
    const at = (index: Size): Size =>
      substitute(index, (factor) => {
        const axis = factor.kind === "index" ? depths.findIndex(({ id }) => id === factor.index.id) : -1;
        return places[axis];
      });
    const wide = (operand: typeof a) => scalars.convert(scalars.load(operand.buffer, at(operand.index), type), "f64");
    const sum = scalars.variable(`${value}:sum`, "f64");
    const total = scalars.variable(`${value}:total`, "f64");
    const next = scalars.add(sum, scalars.mul(wide(a), wide(b)));
    const carried = [
      { name: `${value}:sum`, result: `${value}:total`, type: "f64", initial: scalars.constant(0), next },
    ] as const;
    const body: Statement[] = [
      { kind: "loop", index: depth, extent: extentOf(depths), carried, body: [] },
      { kind: "let", name: value, value: scalars.convert(total, type) },
      ...withoutContractions(epilogue),
    ];
    const nested = [...rows, ...columns].reduceRight<readonly Statement[]>(
      (inside, index) => [{ kind: "loop", index, extent: index.extent, carried: [], body: inside }],
      body,
    );
    return nested[0] as Statement;
  });
}

/** The operations of each function that a kernel may call, by name. */
function callees(kernel: Kernel): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const operator of ["exp", "log", "tanh", "sin", "cos", "erf", "pow"] as const) {
    const definition = mathFunction(operator, "f64");
    if (definition) found.set(definition.name, flopsOfFunction(definition));
  }
  visitStatements(kernel.body, (statement) => {
    for (const root of scalarsOf(statement)) {
      visitScalars(root, (each) => {
        if (each.kind === "call") found.set(each.function.name, flopsOfFunction(each.function));
      });
    }
  });
  return found;
}

const arithmetic = new Set([
  ts.SyntaxKind.PlusToken,
  ts.SyntaxKind.MinusToken,
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.SlashToken,
  ts.SyntaxKind.PlusEqualsToken,
]);
const comparisons = new Set([
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
]);

const parse = (text: string): ts.SourceFile =>
  ts.createSourceFile("kernel.js", text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.JS);

/** The operations in the text of a function of floats, and the functions that it calls, once for each call. */
export function operationsIn(text: string): { readonly own: number; readonly calls: readonly string[] } {
  let own = 0;
  const calls: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node))
      own += arithmetic.has(node.operatorToken.kind) || comparisons.has(node.operatorToken.kind) ? 1 : 0;
    const negates = ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken;
    if (negates && !ts.isNumericLiteral(node.operand) && node.operand.getText() !== "Infinity") own++;
    if (ts.isCallExpression(node)) {
      const name = node.expression.getText();
      if (name.startsWith("Math.")) own++;
      else if (!["exponent", "mantissa", "exp2i"].includes(name)) calls.push(name);
    }
    ts.forEachChild(node, visit);
  };
  visit(parse(text));
  return { own, calls };
}

/** Loads and stores become calls; nothing else changes. */
const noteMemory = (text: string): string => rewrite(parse(text), () => 0, false);

/** Which names hold floats is found by following them from the parameters. */
function instrument(text: string, parameters: ReadonlySet<string>, called: ReadonlyMap<string, number>): string {
  const file = parse(text);
  const floats = new Set(parameters);
  const isFloat = (node: ts.Node): boolean => {
    if (ts.isIdentifier(node)) return floats.has(node.text);
    if (ts.isElementAccessExpression(node)) return isFloat(node.expression);
    if (ts.isParenthesizedExpression(node)) return isFloat(node.expression);
    if (ts.isPrefixUnaryExpression(node)) return node.operator === ts.SyntaxKind.MinusToken && isFloat(node.operand);
    if (ts.isConditionalExpression(node)) {
      // A truth value as a number is a float wherever numbers are added up.
      const literals = ts.isNumericLiteral(node.whenTrue) && ts.isNumericLiteral(node.whenFalse);
      return literals || isFloat(node.whenTrue) || isFloat(node.whenFalse);
    }
    if (ts.isBinaryExpression(node))
      return arithmetic.has(node.operatorToken.kind) && (isFloat(node.left) || isFloat(node.right));
    if (!ts.isCallExpression(node)) return false;
    return (
      called.has(node.expression.getText()) ||
      (node.expression.getText() !== "Math.imul" && node.arguments.some(isFloat))
    );
  };
  for (let before = -1; before !== floats.size;) {
    before = floats.size;
    const follow = (node: ts.Node): void => {
      if (ts.isVariableDeclaration(node) && node.initializer && isFloat(node.initializer))
        floats.add(node.name.getText());
      if (ts.isBinaryExpression(node) && ts.isIdentifier(node.left) && isFloat(node.right)) {
        const { kind } = node.operatorToken;
        if (kind === ts.SyntaxKind.EqualsToken || kind === ts.SyntaxKind.PlusEqualsToken) floats.add(node.left.text);
      }
      ts.forEachChild(node, follow);
    };
    follow(file);
  }
  const operations = (node: ts.Node): number => {
    if (ts.isBinaryExpression(node)) {
      const { kind } = node.operatorToken;
      return (arithmetic.has(kind) || comparisons.has(kind)) && (isFloat(node.left) || isFloat(node.right)) ? 1 : 0;
    }
    if (ts.isPrefixUnaryExpression(node)) {
      return node.operator === ts.SyntaxKind.MinusToken && !ts.isNumericLiteral(node.operand) && isFloat(node.operand)
        ? 1
        : 0;
    }
    if (!ts.isCallExpression(node)) return 0;
    const name = node.expression.getText();
    if (/^Math\.(sqrt|abs|floor)$/.test(name)) return node.arguments.some(isFloat) ? 1 : 0;
    return called.get(name) ?? 0;
  };
  return rewrite(file, operations, true);
}

function rewrite(file: ts.SourceFile, operations: (node: ts.Node) => number, strict: boolean): string {
  const text = (node: ts.Node): string => {
    const plain = rebuilt(node);
    const flops = operations(node);
    return flops > 0 ? `(counter.flops += ${flops}, ${plain})` : plain;
  };
  const rebuilt = (node: ts.Node): string => {
    if (ts.isBinaryExpression(node) && ts.isElementAccessExpression(node.left)) {
      const [array, at] = [text(node.left.expression), text(node.left.argumentExpression)];
      const { kind } = node.operatorToken;
      if (kind === ts.SyntaxKind.EqualsToken) return `put(${array}, ${at}, ${text(node.right)})`;
      if (kind === ts.SyntaxKind.PlusEqualsToken)
        return `put(${array}, ${at}, get(${array}, ${at}) + ${text(node.right)})`;
    }
    if (ts.isElementAccessExpression(node)) return `get(${text(node.expression)}, ${text(node.argumentExpression)})`;
    // Both sides of a choice count, as in the kernel, although the printed text computes one only.
    if (strict && ts.isConditionalExpression(node)) {
      return `both$(${text(node.condition)}, ${text(node.whenTrue)}, ${text(node.whenFalse)})`;
    }
    const logical = ts.isBinaryExpression(node) && /^(&&|\|\|)$/.test(node.operatorToken.getText());
    if (strict && logical) {
      const [x, y] = [text(node.left), text(node.right)];
      return node.operatorToken.getText() === "&&" ? `both$(${x}, ${y}, false)` : `both$(${x}, true, ${y})`;
    }
    const children = node.getChildren(file);
    if (children.length === 0) return node.getText(file);
    let [result, end] = ["", node.getStart(file)];
    for (const child of children) {
      if (child.getEnd() === child.getStart(file)) continue;
      result += file.text.slice(end, child.getStart(file)) + text(child);
      end = child.getEnd();
    }
    return result;
  };
  return text(file);
}
