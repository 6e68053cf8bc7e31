import { describe, expect, it } from "vitest";
import { abi, type Call, type Program } from "../../runtime/abi.js";
import { javascriptProgram as program } from "../../runtime/node.js";
import { linear } from "./linear.js";
import { refused } from "./snapshot.js";

const model = program(linear);

describe("program", () => {
  it("refuses another ABI", () => {
    expect(() => program({ ...linear, abi: abi + 1 })).toThrow(
      new TypeError(`module linear: built for runtime ABI ${abi + 1}, not ${abi}: rebuild it with optimc build`),
    );
  });

  it("creates instances that share nothing", async () => {
    const [one, two] = [await model.create({ seed: 1 }), model.createSync({ seed: 1 })];
    expect(one.state()).toEqual(two.state());
    one.parameters.weight![0] = 99;
    expect(two.parameters.weight![0]).toBe(2);
    expect(one.state().parameters.weight![0]).toBe(99);
    expect(model.createSync().state().seed).toBe(0);
  });

  it.each<[object, string]>([
    [{ sead: 1 }, "unknown option 'sead': expected seed, target, relaxed, module, check. Did you mean seed?"],
    [{ seed: null }, "seed: expected a whole number from 0 below 9007199254740992, found null"],
    [{ seed: -1 }, "seed: expected a whole number from 0 below 9007199254740992, found -1"],
    [{ seed: 1.5 }, "seed: expected a whole number from 0 below 9007199254740992, found 1.5"],
    [{ seed: 2 ** 53 }, "seed: expected a whole number from 0 below 9007199254740992, found 9007199254740992"],
    [{ relaxed: "yes" }, "relaxed: expected true or false, found yes"],
    [{ check: "all" }, "check: expected finite, found all"],
    [{ check: true }, "check: expected finite, found Boolean"],
    [null as unknown as object, "options: expected an object, found null"],
    [5 as unknown as object, "options: expected an object, found Number"],
    [[] as object, "options: expected an object, found Array"],
    [{ seed: "1" }, "seed: expected a whole number from 0 below 9007199254740992, found String"],
  ])("refuses to create with %o", async (options, message) => {
    const expected = new TypeError(`linear.create: ${message}`);
    expect(() => model.createSync(options)).toThrow(expected);
    await expect(model.create(options)).rejects.toThrow(expected);
  });
});

describe("names of Object.prototype", () => {
  const description = {
    abi,
    name: "hard",
    bytes: 128,
    dims: { valueOf: 2 },
    parameters: { hasOwnProperty: { offset: 64, element: "float32", shape: [1] } },
    state: { toLocaleString: { offset: 72, element: "float32", shape: [1] } },
    functions: {
      isPrototypeOf: {
        inputs: {
          constructor: { offset: 0, element: "float32", shape: ["valueOf"] },
          toString: { offset: 8, element: "int32", shape: ["valueOf"], below: "valueOf" },
        },
        outputs: { propertyIsEnumerable: { offset: 16, element: "float32", shape: ["valueOf"] } },
        hyper: { toString: { variable: "toString", value: 1 } },
        optimizer: { hasOwnProperty: { constructor: { offset: 80, element: "float32", shape: [1] } } },
      },
    },
    javascript: (memory: ArrayBuffer) => ({ memory }),
    host: ({ memory }: { memory: ArrayBuffer }) => ({
      initialize() {},
      functions: {
        isPrototypeOf({ dims, hyper }: Call) {
          const f32 = new Float32Array(memory);
          const size = Object.entries(dims)[0]![1];
          for (let i = 0; i < size; i++) f32[4 + i] = f32[i]! * (hyper.toString as unknown as number);
        },
      },
    }),
  } as unknown as Program;
  const hard = program(description);

  it("are names like others", () => {
    const net = hard.createSync();
    const run = net.isPrototypeOf as (inputs: object, options?: object) => unknown;
    const inputs = { constructor: [1, 2], toString: [0, 1] };
    expect(run(inputs)).toEqual({ propertyIsEnumerable: new Float32Array([1, 2]) });
    expect(run(inputs, { toString: 3, dims: { valueOf: 2 } })).toEqual({
      propertyIsEnumerable: new Float32Array([3, 6]),
    });
    const state = net.state();
    net.load(state);
    expect(net.state()).toEqual(state);
    refused(net, () => run({ toString: [0] }), "hard.isPrototypeOf: input 'constructor' is missing");
    refused(
      net,
      () => run({ constructor: [1], toString: [0], valueOf: [0] }),
      "hard.isPrototypeOf: unknown input 'valueOf': expected constructor, toString",
    );
    refused(net, () => net.load({ ...state, parameters: {} }), "hard.load: parameters.hasOwnProperty is missing");
  });
});
