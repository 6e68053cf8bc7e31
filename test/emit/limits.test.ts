/** More of everything than engines take in one function: through memory, apart, or a diagnostic. */
import { callsOf } from "../../compiler/ir/program.js";
import { describe, expect, it } from "vitest";
import { isOptimcError } from "../../compiler/diagnostics.js";
import { memoryOf } from "../../compiler/emit/memoryMap.js";
import { targetProgramOf } from "../../compiler/emit/targetProgram.js";
import { compileProgram } from "../../compiler/compile.js";
import { js } from "../../compiler/targets/js/js.js";
import { f32, set, type Code, type FunctionCode, type Local } from "../../compiler/targets/wasm/code.js";
import { encodeModule, type ModuleParts } from "../../compiler/targets/wasm/encode.js";
import { refuseLimit } from "../../compiler/targets/wasm/refuse.js";
import { wasm } from "../../compiler/targets/wasm/wasm.js";
import { engine } from "../../runtime/webassembly.js";
import {
  hyper,
  input,
  minimize,
  model,
  type Model,
  normal,
  optimizer,
  param,
  type HostNumber,
  sgd,
} from "../../src/index.js";
import { build } from "../run.js";
import { isLong, onlyInAll } from "../runs.js";

type Params = ReturnType<typeof param<readonly [2]>>[];

const paramsOf = (names: readonly string[]): Params => names.map((name) => param(name, [2], normal(0, 1)));
const namesOf = (many: number): string[] => Array.from({ length: many }, (_, i) => `p${i}`);
const x = input("x", [2]);

/** The sum of squares of the parameters, in shares of a few so that no expression is deep. */
const lossOf = (params: Params) => params.reduce((sum, each) => sum.add(each.sub(x).square().sum()), x.mul(0).sum());

// The limits are those of WebAssembly.
describe.each(isLong ? [js, wasm] : [wasm])("on $name", (target) => {
  const lived = (made: Model) => build(made, { target });

  it("more initializers than parameters of a function draw what each draws alone", () => {
    const initial = (names: readonly string[]) =>
      lived(model("net", { functions: { loss: { loss: lossOf(paramsOf(names)) } } })).parameters;
    const [many, few] = [initial(namesOf(520)), initial(["p0", "p517"])];
    expect(many["p517"]).toEqual(few["p517"]);
    expect(many["p0"]).toEqual(few["p0"]);
    expect(many["p0"]).not.toEqual(many["p1"]);
  }, 60_000);

  it.skipIf(!isLong)(
    onlyInAll("more hyper-parameters than parameters of a function update as those of a few do"),
    () => {
      const trained = (names: readonly string[]) => {
        const params = paramsOf(names);
        const groups = Object.fromEntries(
          names.map((name) => [name, { match: name, lr: 0.001 * (1 + Number(name.slice(1))), momentum: 0.5 }]),
        );
        const net = lived(
          model("net", { functions: { train: minimize(lossOf(params), sgd({ lr: 0.1, groups }), { params }) } }),
        );
        const { inputs } = memoryOf(net.program, net.program.functions[0]!);
        expect(inputs).toBe(names.length > 500 ? 16 + 8 * 2 * names.length : 16);
        net.call("train", { x: [1, 2] });
        net.call("train", { x: [1, 2] }, { groups: { p3: { lr: 0.5 } } });
        return net.parameters;
      };
      const [many, few] = [trained(namesOf(520)), trained(["p3", "p517"])];
      for (const name of ["p3", "p517"]) expect(many[name]).toEqual(few[name]);
    },
    120_000,
  );

  it("one kernel of more numbers than parameters of a function computes with all of them, wherever it is called", () => {
    const names = namesOf(1100);
    const many = optimizer({
      name: "many",
      hyper: Object.fromEntries(names.map((name) => [name, hyper.number(1)])),
      state: () => ({}),
      update: ({ param: before, hyper }) => ({
        param: names.reduce((product, name) => product.mul(hyper[name] as HostNumber), before),
        state: {},
      }),
    });
    const [a, b] = [param("a", [8], 1), param("b", [8], 1)];
    const y = input("y", [8]);
    const net = lived(
      model("net", {
        functions: {
          one: minimize(a.mul(y).sum(), many({ p3: 2 })),
          two: minimize(b.mul(y).sum(), many({ p1099: 3 })),
        },
      }),
    );
    const inputs = { y: [1, 2, 3, 4, 5, 6, 7, 8] };
    net.call("one", inputs);
    net.call("two", inputs);
    net.call("two", inputs, { p0: -1 });
    expect([net.parameters["a"]![7], net.parameters["b"]![7]]).toEqual([2, -9]);
  }, 120_000);
});

describe("a module that no engine takes", () => {
  const program = compileProgram(model("net", { functions: { loss: { loss: x.square().sum() } } }), { target: wasm });
  const [made] = program.functions;
  const name = callsOf(made!.steps)[0]!.name;
  const parts = (body: readonly Code[], parameters: readonly Local[] = []): ModuleParts => ({
    exports: [["run", { name, parameters, body, results: [] } satisfies FunctionCode]],
    memory: { name: "memory", bytes: 1 },
    data: [],
    baseOf: () => 0,
    refuse: (limit, found, code) => refuseLimit(targetProgramOf(program), limit, found, code),
  });
  const locals = (many: number) => Array.from({ length: many }, (_, i): Local => ({ type: "f32", name: `v${i}` }));
  const sets = (many: number) => locals(many).map((each) => set(each, f32(1)));

  it.each<[string, ModuleParts, ModuleParts, string]>([
    ["parameters", parts([], locals(1000)), parts([], locals(1001)), "1001"],
    ["local variables", parts(sets(50_000)), parts(sets(50_001)), "50001"],
    [
      "bytes of code",
      parts([]),
      parts(Array<Code>(1_100_000).fill(set({ type: "f32", name: "v" }, f32(1)))),
      "7654322",
    ],
  ])("is refused with what to do: %s", (what, most, more, found) => {
    expect(engine()!.validate(encodeModule(most))).toBe(true);
    try {
      encodeModule(more);
      expect.unreachable();
    } catch (error) {
      if (!isOptimcError(error)) throw error;
      expect(error).toMatchObject({ code: "too-large", hint: expect.stringContaining("--target js") as string });
      expect(error.message).toBe(`net: the kernel of ${name} in loss is larger than engines take`);
      expect(error.expected).toMatch(new RegExp(`^at most \\d+ ${what} in WebAssembly$`));
      expect(Number(error.found)).toBeGreaterThanOrEqual(Number(found));
    }
  });

  it("without a kernel at fault is refused as a whole", () => {
    const data = Array.from({ length: 100_001 }, () => ({ offset: 0, bytes: new Uint8Array(1) }));
    expect(() => encodeModule({ ...parts([]), data })).toThrow("net is larger than engines take");
  });
});
