/** Kernels as JavaScript functions. */
import {
  innerOf,
  scalarsOf,
  usesOf,
  visitAll,
  visitScalars,
  visitStatements,
  type Carried,
  type Kernel,
  type Statement,
} from "../../ir/kernel.js";
import { convert, type Scalar, type ScalarType } from "../../ir/scalar.js";
import type { Factor, Index, Size } from "../../ir/size.js";
import type { LabelOf, Argument, PrintedKernel } from "../target.js";
import { contractionScratch, printContraction } from "./contraction.js";
import { noScratch, type Scratch } from "./contractionHelpers.js";
import { identifier, Names } from "./names.js";
import { definitionOf, printCondition, printScalar, type ScalarContext } from "./scalar.js";
import { printSize } from "./size.js";
import { indent, type StatementPrinter } from "./statement.js";

const loopNames = ["i", "j", "k", "l"];

/** Prints the statements of one kernel; it has the identifier of everything that a statement may name. */
export class KernelPrinter implements StatementPrinter {
  readonly names: Names;
  readonly #identifiers = new Map<string, string>();
  /** The identifiers of buffers. */
  readonly #buffers = new Set<string>();
  readonly #labelOf: LabelOf;
  readonly #capacityOf: (dimension: string) => number;
  readonly #context: ScalarContext;
  /** Carried scalars of the loops around, by name. */
  readonly #open = new Map<string, Carried>();
  #depth = 0;

  constructor(names: Names, labelOf: LabelOf, capacityOf: (dimension: string) => number) {
    this.names = names;
    this.#labelOf = labelOf;
    this.#capacityOf = capacityOf;
    this.#context = {
      known: () => undefined,
      variable: (name) => this.nameOf(name),
      load: (buffer, index) => `${this.nameOf(buffer)}[${this.size(index)}]`,
      index: (size) => this.size(size),
    };
  }

  /** The identifier of a buffer, local, loop index, host scalar or dimension. */
  nameOf(id: string): string {
    const known = this.#identifiers.get(id);
    if (known === undefined) throw new Error(`a kernel names '${id}', which nothing defines`);
    return known;
  }

  define(id: string, wanted: string): string {
    const name = this.names.take(identifier(wanted));
    this.#identifiers.set(id, name);
    return name;
  }

  defineParameter(pass: Argument, wanted: string): string {
    if (pass.kind === "dimension") return this.define(`dim:${pass.name}`, wanted);
    if (pass.kind === "scalar") return this.define(pass.name, wanted);
    const name = this.define(pass.id, wanted);
    this.#buffers.add(name);
    return name;
  }

  /**
   * A local. If a buffer has the same name, the local is an element of the buffer or becomes one, and is named so:
   * `hidden value`.
   */
  #defineLocal(id: string): string {
    const label = this.#labelOf(id);
    return this.define(id, this.#buffers.has(identifier(label)) ? `${label} value` : label);
  }

  alias(id: string, as: string): void {
    this.#identifiers.set(id, as);
  }

  size(size: Size): string {
    return printSize(size, (factor: Exclude<Factor, { kind: "floor" }>) =>
      this.nameOf(factor.kind === "dimension" ? `dim:${factor.name}` : factor.index.id),
    );
  }

  scalar(scalar: Scalar): string {
    return printScalar(scalar, this.#context);
  }

  defineIndex(index: Index): string {
    return this.define(index.id, loopNames[this.#depth] ?? `i${this.#depth}`);
  }

  /** Runs `print` indented by one more loop. */
  inside<T>(print: () => T): T {
    this.#depth++;
    const before = this.names.mark();
    try {
      return print();
    } finally {
      this.#depth--;
      this.names.release(before);
    }
  }

  statements(statements: readonly Statement[]): string[] {
    return statements.flatMap((statement) => this.statement(statement));
  }

  statement(statement: Statement): string[] {
    switch (statement.kind) {
      case "let": {
        const text = this.scalar(statement.value);
        return [`const ${this.#defineLocal(statement.name)} = ${text};`];
      }
      case "bind": {
        const text = this.scalar(statement.value);
        return [`const ${this.define(statement.index.id, "at")} = ${text};`];
      }
      case "store":
        return [this.#store(statement)];
      case "if":
        return [`if (${this.scalar(statement.condition)}) {`, ...indent(this.statements(statement.then)), "}"];
      case "loop":
        return this.#loop(statement);
      case "while":
        return this.#while(statement);
      case "contract":
        return printContraction(statement, this, this.#capacityOf);
    }
  }

  #store(statement: Statement & { kind: "store" }): string {
    const target = `${this.nameOf(statement.buffer)}[${this.size(statement.index)}]`;
    const value = storedValue(statement);
    const text = this.scalar(value.type === "bool" ? convert(value, "f64") : value);
    return `${target} ${statement.accumulate ? "+=" : "="} ${text};`;
  }

  /**
   * Declares the scalars that a loop carries. A scalar that begins as one of the loop around, and gives that one its
   * next value, shares its variable.
   */
  #declare(carried: readonly Carried[]): string[] {
    return carried.flatMap((each) => {
      const { initial } = each;
      const outer = initial.kind === "variable" ? this.#open.get(initial.name) : undefined;
      if (outer && outer.next.kind === "variable" && outer.next.name === each.result) {
        const name = this.nameOf(outer.name);
        this.alias(each.name, name);
        this.alias(each.result, name);
        return [];
      }
      const text = this.scalar(initial);
      const name = this.#defineLocal(each.name);
      this.alias(each.result, name);
      return [`let ${name} = ${text};`];
    });
  }

  /** Runs `print` with the scalars of a loop visible to the loops inside it. */
  #within(carried: readonly Carried[], print: () => string[]): string[] {
    for (const each of carried) this.#open.set(each.name, each);
    const lines = print();
    for (const each of carried) this.#open.delete(each.name);
    return lines;
  }

  #advance(carried: readonly Carried[]): string[] {
    const changes = carried.filter((each) => {
      return !(each.next.kind === "variable" && this.nameOf(each.next.name) === this.nameOf(each.name));
    });
    // All change at once: if the next value of one needs another, all next values are computed first.
    const needed = changes.some((each, position) =>
      changes.slice(position + 1).some((later) => mentions(later.next, each.name)),
    );
    if (!needed) return changes.map((each) => this.#assign(each));
    const lines = changes.map((each) => {
      const next = this.scalar(each.next);
      return [`const ${this.define(`${each.name}>`, `next ${this.nameOf(each.name)}`)} = ${next};`, each] as const;
    });
    return [
      ...lines.map(([line]) => line),
      ...lines.map(([, each]) => `${this.nameOf(each.name)} = ${this.nameOf(`${each.name}>`)};`),
    ];
  }

  #assign({ name, next }: Carried): string {
    const target = this.nameOf(name);
    const adds = next.kind === "binary" && next.operator === "add" && next.type === "f64";
    if (adds && next.x.kind === "variable" && next.x.name === name) return `${target} += ${this.scalar(next.y)};`;
    return `${target} = ${this.scalar(next)};`;
  }

  #loop(statement: Statement & { kind: "loop" }): string[] {
    const before = this.#declare(statement.carried);
    const extent = this.size(statement.extent);
    const mark = this.names.mark();
    const index = this.defineIndex(statement.index);
    const body = this.#body(statement);
    this.names.release(mark);
    return [...before, `for (let ${index} = 0; ${index} < ${extent}; ${index}++) {`, ...indent(body), "}"];
  }

  /** At most `limit` turns, even if the condition still holds. */
  #while(statement: Statement & { kind: "while" }): string[] {
    const before = this.#declare(statement.carried);
    const limit = this.size(statement.limit);
    const mark = this.names.mark();
    const turn = this.names.take("turn");
    const condition = printCondition(statement.condition, this.#context);
    const body = this.#body(statement);
    this.names.release(mark);
    return [...before, `for (let ${turn} = 0; ${turn} < ${limit} && ${condition}; ${turn}++) {`, ...indent(body), "}"];
  }

  #body({ body, carried }: { readonly body: readonly Statement[]; readonly carried: readonly Carried[] }): string[] {
    return this.inside(() => this.#within(carried, () => [...this.statements(body), ...this.#advance(carried)]));
  }
}

function mentions(scalar: Scalar, name: string): boolean {
  let found = false;
  visitScalars(scalar, (each) => {
    if (each.kind === "variable" && each.name === name) found = true;
  });
  return found;
}

/** The text of a stored value: a Float32Array rounds by itself, so that the last rounding is left out. */
function storedValue({ value, type, accumulate }: Statement & { kind: "store" }): Scalar {
  return type === "f32" && !accumulate && value.kind === "convert" && value.x.type === "f64" ? value.x : value;
}

/** A kernel as a function; `taken` are names that it may not hide. */
export function printKernel(
  kernel: Kernel,
  labelOf: LabelOf,
  capacityOf: (dimension: string) => number,
  taken: Iterable<string>,
): PrintedKernel {
  const uses = usesOf(kernel);
  const passes: Argument[] = [
    ...[...uses.buffers.keys()].map((id) => ({ kind: "buffer", id }) as const),
    ...uses.dims.map((name) => ({ kind: "dimension", name }) as const),
    ...[...uses.scalars].map(([name, type]) => ({ kind: "scalar", name, type }) as const),
  ];
  let scratch = noScratch;
  visitStatements(kernel.body, (statement) => {
    if (statement.kind !== "contract") return;
    const own = contractionScratch(statement, capacityOf);
    const most = (piece: keyof Scratch): number => Math.max(own[piece], scratch[piece]);
    scratch = { panels: most("panels"), sums: most("sums"), lines: most("lines"), depths: most("depths") };
  });
  const print = (wantedFor: (pass: Argument) => string, label: LabelOf, names: Names) => {
    const printer = new KernelPrinter(names, label, capacityOf);
    const parameters = passes.map((pass) => printer.defineParameter(pass, wantedFor(pass)));
    return { parameters, body: indent(printer.statements(kernel.body)).join("\n") };
  };
  const printed = print((pass) => (pass.kind === "buffer" ? labelOf(pass.id) : pass.name), labelOf, new Names(taken));
  // Kernels that differ only in names are one function: the key is their text printed with neutral names.
  const plain = print(
    () => "p",
    () => "v",
    new Names(),
  );
  const typeOf = typesIn(kernel);
  const types = passes.map((pass) => (pass.kind === "buffer" ? typeOf.get(pass.id) : pass.kind));
  return { ...printed, passes, scratch: { ...scratch }, key: `${types.join()}\n${plain.body}` };
}

/** The element types of the buffers that a kernel reads and writes. */
function typesIn(kernel: Kernel): ReadonlyMap<string, ScalarType> {
  const types = new Map<string, ScalarType>();
  visitStatements(kernel.body, (statement) => {
    if (statement.kind === "store") types.set(statement.buffer, statement.type);
    if (statement.kind !== "contract") return;
    for (const { buffer } of [statement.a, statement.b]) types.set(buffer, statement.type);
  });
  visitAll(kernel.body, {
    scalar: (scalar) => {
      if (scalar.kind === "load") types.set(scalar.buffer, scalar.type);
    },
  });
  return types;
}

/** The scalar functions that statements call. */
export function calledBy(
  statements: readonly Statement[],
  found: Set<NonNullable<ReturnType<typeof definitionOf>>>,
): void {
  for (const statement of statements) {
    for (const root of scalarsOf(statement)) {
      visitScalars(root, (scalar) => {
        const definition = definitionOf(scalar);
        if (definition) found.add(definition);
      });
    }
    calledBy(innerOf(statement), found);
  }
}
