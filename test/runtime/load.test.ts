/** Where WebAssembly comes from, what stands in for it, and what is an error. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { abi, type Program, type WasmSource } from "../../runtime/abi.js";
import { checksum } from "../../runtime/checksum.js";
import { wasmLoader } from "../../runtime/load.js";
import { javascriptProgram } from "../../runtime/node.js";
import { programWith } from "../../runtime/program.js";
import type { Host } from "../../runtime/source.js";
import { engine, type Engine } from "../../runtime/webassembly.js";
import type { AnyInstance, CreateOptions } from "../../runtime/types.js";
import { assemble, type Shape } from "./assemble.js";

afterEach(() => void vi.unstubAllGlobals());

const bytes = {
  strict: assemble(),
  relaxed: assemble({ negated: true, names: ["optimc.memory", "optimc.relaxed.b1", "run"] }),
};
const href = { strict: "https://host/tiny.wasm", relaxed: "https://host/tiny.relaxed.wasm" };
const fileOf = (variant: "strict" | "relaxed"): WasmSource => ({
  url: () => ({ href: href[variant] }),
  checksum: checksum(bytes[variant]),
});
const inline: WasmSource = { base64: Buffer.from(bytes.strict).toString("base64") };

/** One function, which returns the number of its call from 1; with other signs and powers on other targets. */
const tiny: Program = {
  abi,
  name: "tiny",
  bytes: 64,
  dims: {},
  parameters: {},
  state: {},
  functions: { run: { inputs: {}, outputs: { value: { offset: 0, element: "float32", shape: [] } } } },
  host: ({ initialize, functions }) => ({
    initialize: () => initialize(),
    functions: { run: ({ call }) => functions.run!(call + 1) },
  }),
  javascript: (memory) => ({
    initialize: () => {},
    functions: { run: (x) => void (new Float32Array(memory)[0] = x! / 2) },
  }),
  wasm: { build: "b1", strict: fileOf("strict"), relaxed: fileOf("relaxed") },
};
const { javascript: _, ...withoutJavascript } = tiny;

/** What an environment answers for each address. */
const serving = (files: Readonly<Record<string, Uint8Array | Error>>) => {
  const asked: string[] = [];
  const answer = (address: string): Uint8Array => {
    asked.push(address);
    const found = files[address] ?? new Error(`${address}: status 404`);
    if (found instanceof Error) throw found;
    return found;
  };
  return { asked, read: answer, fetch: async (address: string) => answer(address) };
};
const all = { [href.strict]: bytes.strict, [href.relaxed]: bytes.relaxed };

const make = (program: Program, host: Host) => programWith<AnyInstance>(program, wasmLoader(program, host));
const value = (net: AnyInstance): unknown => [net.target, (net.run() as { value: number }).value];

const moduleOf = (shape: Shape): object => new (engine()!.Module)(assemble(shape));

/** The engine with some of its functions replaced. */
const stub = (changes: Partial<Record<keyof Engine, unknown>>): void => {
  const { compile, instantiate, validate, Module, Instance } = engine()!;
  vi.stubGlobal("WebAssembly", { compile, instantiate, validate, Module, Instance, ...changes });
};
const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
const invalid = () => {
  throw named("CompileError", "invalid simd opcode");
};
const byPolicy = () => {
  throw named("CompileError", "code generation disallowed");
};

describe("WebAssembly", () => {
  it("is what a net runs on: read at once, or fetched", async () => {
    const { read, fetch } = serving(all);
    expect(value(make(tiny, { read, fetch }).createSync())).toEqual(["wasm", 1]);
    expect(value(await make(tiny, { fetch }).create())).toEqual(["wasm", 1]);
    const net = make({ ...tiny, wasm: { build: "b1", strict: inline, relaxed: inline } }, {}).createSync();
    expect(value(net)).toEqual(["wasm", 1]);
    expect(() => Object.assign(net, { target: "js" })).toThrow(TypeError);
  });

  it("is compiled once for all instances, which share nothing else", async () => {
    const { asked, fetch } = serving(all);
    const compile = vi.fn((given: Uint8Array) => engineBefore.compile(given));
    const engineBefore = engine()!;
    stub({ compile });
    const module = make(tiny, { fetch });
    const [one, two] = await Promise.all([module.create(), module.create()]);
    const three = module.createSync();
    expect([asked, compile.mock.calls.length]).toEqual([[href.strict], 1]);
    expect([value(one!), value(one!), value(two!), value(three)]).toEqual([
      ["wasm", 1],
      ["wasm", 2],
      ["wasm", 1],
      ["wasm", 1],
    ]);
  });

  it("is relaxed where that is allowed and the engine can", async () => {
    const { fetch } = serving(all);
    const module = make(tiny, { fetch });
    const net = await module.create({ relaxed: true });
    expect([value(net), net.fallback]).toEqual([["wasm-relaxed", -1], undefined]);
    expect(value(await module.create())).toEqual(["wasm", 1]);
  });

  it("stays strict where relaxed code alone is refused, says why, and does not try again", async () => {
    let calls = 0;
    const refuseFirst = async (given: Uint8Array) =>
      calls++ === 0 ? invalid() : new (engine() as Engine).Module(given);
    stub({ compile: refuseFirst });
    const { asked, fetch } = serving(all);
    const module = make(tiny, { fetch });
    for (const net of [await module.create({ relaxed: true }), module.createSync({ relaxed: true })])
      expect([value(net), net.fallback]).toEqual([["wasm", 1], "invalid simd opcode"]);
    expect((await module.create()).fallback).toBeUndefined();
    expect(asked).toEqual([href.relaxed, href.strict]);
  });

  it("stays strict where no relaxed code was built or given", async () => {
    const { fetch, asked } = serving(all);
    const unfused = { ...tiny, wasm: { build: "b1", strict: fileOf("strict") } };
    for (const net of [
      await make(unfused, { fetch }).create({ relaxed: true }),
      make(tiny, {}).createSync({ relaxed: true, module: moduleOf({}) }),
    ])
      expect([value(net), net.fallback]).toEqual([["wasm", 1], "no relaxed code"]);
    expect(asked).toEqual([href.strict]);
  });

  it("may be given", async () => {
    const given = { module: moduleOf({}) };
    const blocked = make(withoutJavascript, { blocked: "nothing is compiled here" });
    expect(value(blocked.createSync(given))).toEqual(["wasm", 1]);
    expect(value(await blocked.create(given))).toEqual(["wasm", 1]);
  });
});

describe("JavaScript", () => {
  const { asked, fetch } = serving(all);

  it("is what a net runs on if it is asked for", () => {
    expect(value(make(tiny, {}).createSync({ target: "js" }))).toEqual(["js", 0.5]);
    expect(value(javascriptProgram<AnyInstance>(tiny).createSync())).toEqual(["js", 0.5]);
  });

  it.each<[string, Partial<Record<keyof Engine, unknown>>]>([
    ["to compile", { compile: async () => byPolicy(), Module: byPolicy }],
    ["to instantiate", { instantiate: async () => byPolicy(), Instance: byPolicy }],
    [
      "as an EvalError",
      {
        instantiate: () => Promise.reject(named("EvalError", "'wasm-unsafe-eval' is not an allowed source of script")),
      },
    ],
  ])("stands in where a policy forbids %s, and it is not tried again", async (_, changes) => {
    stub(changes);
    asked.length = 0;
    const module = make(tiny, { fetch });
    const net = await module.create();
    expect(value(net)).toEqual(["js", 0.5]);
    expect(net.fallback).toMatch(/disallowed|not an allowed source/);
    expect(value(module.createSync())).toEqual(["js", 0.5]);
    expect(value(await module.create({ relaxed: true }))).toEqual(["js", 0.5]);
    expect((await module.create({ target: "js" })).fallback).toBeUndefined();
    expect(asked).toEqual([href.strict]);
  });

  it("stands in where the engine does not take the module, which no policy forbids", async () => {
    stub({ compile: async () => invalid() });
    const net = await make(tiny, { fetch }).create();
    expect([value(net), net.fallback]).toEqual([["js", 0.5], "invalid simd opcode"]);
  });

  it("stands in where a policy forbids the fetch", async () => {
    const forbidden = () => Promise.reject(new EvalError("https://host/tiny.wasm: allow it"));
    const module = make(tiny, { fetch: forbidden });
    const net = await module.create();
    expect([value(net), net.fallback]).toEqual([["js", 0.5], "https://host/tiny.wasm: allow it"]);
    expect(module.createSync().fallback).toBe(net.fallback);
  });

  it("stands in where there is no WebAssembly", async () => {
    vi.stubGlobal("WebAssembly", undefined);
    expect(value(await make(tiny, { fetch }).create())).toEqual(["js", 0.5]);
    expect(value(make(tiny, {}).createSync())).toEqual(["js", 0.5]);
  });

  it("stands in where nothing is compiled", async () => {
    const module = make(tiny, { blocked: "nothing is compiled here" });
    expect(value(await module.create())).toEqual(["js", 0.5]);
    expect(value(module.createSync({ relaxed: true }))).toEqual(["js", 0.5]);
  });
});

describe("an error", () => {
  const fails = async (program: Program, host: Host, message: string, options: CreateOptions = {}) => {
    const expected = new TypeError(`tiny.create: ${message}`);
    const module = make(program, host);
    await expect(module.create(options)).rejects.toThrow(expected);
    if (!host.fetch || host.read) expect(() => module.createSync(options)).toThrow(expected);
    return module;
  };
  const advice = "put the file there that optimc build wrote, or build with --inline";

  it("is a file that is missing or not the one that was built, even where there is JavaScript", async () => {
    const { fetch, read } = serving({ [href.relaxed]: bytes.strict });
    await fails(tiny, { fetch }, `cannot load ${href.strict}: status 404: ${advice}`);
    await fails(tiny, { fetch, read }, `cannot load ${href.strict}: status 404: ${advice}`);
    const other = `cannot load ${href.relaxed}: found ${bytes.strict.length} bytes of something else: ${advice}`;
    await fails(tiny, { fetch, read }, other, { relaxed: true });
  });

  it("is not kept: the next call tries again", async () => {
    const files: Record<string, Uint8Array | Error> = { [href.strict]: new Error(`${href.strict}: network`) };
    const { asked, fetch } = serving(files);
    const module = await fails(tiny, { fetch }, `cannot load ${href.strict}: network: ${advice}`);
    await expect(Promise.all([module.create(), module.create()])).rejects.toThrow("network");
    files[href.strict] = bytes.strict;
    expect(value(await module.create())).toEqual(["wasm", 1]);
    expect(asked).toHaveLength(3);
  });

  it("is an address that a bundler lost", async () => {
    const lost: WasmSource = { url: () => new URL("./tiny.wasm", undefined), checksum: 0 };
    const program = { ...tiny, wasm: { build: "b1", strict: lost, relaxed: lost } };
    const message = new RegExp(`^tiny.create: cannot load .*Invalid URL.*: ${advice}$`);
    const { fetch, read } = serving({});
    await expect(make(program, { fetch }).create()).rejects.toThrow(message);
    expect(() => make(program, { fetch, read }).createSync()).toThrow(message);
  });

  it("is to ask at once for what must be fetched", () => {
    const { fetch } = serving(all);
    expect(() => make(tiny, { fetch }).createSync()).toThrow(
      new TypeError("tiny.create: not loaded yet: await create() first, or build with --inline"),
    );
  });

  it("is a policy where nothing else was built, or WebAssembly is asked for", async () => {
    stub({ compile: async () => byPolicy(), Module: byPolicy });
    const { fetch, read } = serving(all);
    const refused = "code generation disallowed: allow 'wasm-unsafe-eval' in the content security policy";
    await fails(withoutJavascript, { fetch, read }, `${refused}, or build with --target js,wasm`);
    await fails(tiny, { fetch, read }, refused, { target: "wasm" });
  });

  it("is an environment without it, where nothing else was built", async () => {
    const here = "no WebAssembly is compiled here: import the .wasm file and pass it: create({ module })";
    await fails(withoutJavascript, { blocked: here }, `${here}, or build with --target js,wasm`);
    vi.stubGlobal("WebAssembly", undefined);
    await fails(withoutJavascript, {}, "this engine has no WebAssembly: use another, or build with --target js,wasm");
  });

  it.each<[unknown, string]>([
    [bytes.strict, "module: expected a WebAssembly.Module, found Uint8Array"],
    [() => {}, "module: expected a WebAssembly.Module, found Function"],
    [
      moduleOf({ names: ["optimc.memory", "optimc.strict.b2", "run"] }),
      "the WebAssembly is of another build: rebuild both with optimc build",
    ],
    [
      moduleOf({ names: ["memory", "initialize", "run"], imports: true }),
      "the WebAssembly is of another build: rebuild both with optimc build",
    ],
  ])("is a module that does not fit: %o", async (module, message) => {
    await fails(tiny, {}, message, { module: module as object });
  });

  it("is a target that was not built, or is none", async () => {
    await fails(withoutJavascript, {}, "built without JavaScript: build with --target js,wasm", { target: "js" });
    await fails(tiny, {}, "target: expected js or wasm, found wsam", { target: "wsam" as "wasm" });
    const onlyJavascript = javascriptProgram(tiny);
    for (const options of [{ target: "wasm" as const }, { module: moduleOf({}) }]) {
      expect(() => onlyJavascript.createSync(options)).toThrow(
        new TypeError("tiny.create: built without WebAssembly: build with --target js,wasm"),
      );
    }
  });

  it("is a lack of memory, which says how many instances there were and what to do", async () => {
    const { instantiate } = engine()!;
    let left = 2;
    const message = "WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory for new instance";
    stub({
      instantiate: (module: object) => (left-- > 0 ? instantiate(module) : Promise.reject(new RangeError(message))),
    });
    const { fetch } = serving(all);
    const module = make(tiny, { fetch });
    await module.create();
    await module.create();
    await expect(module.create()).rejects.toThrow(
      new TypeError(`tiny.create: ${message}, after 2 instances: drop some, or create({ target: "js" })`),
    );
  });

  it("is a module that the engine does not take, where nothing else was built", async () => {
    stub({ compile: async () => invalid() });
    const { fetch } = serving(all);
    await fails(withoutJavascript, { fetch }, "invalid simd opcode, or build with --target js,wasm");
  });

  it("other than a refusal is thrown as it is", async () => {
    stub({ instantiate: () => Promise.reject(new RangeError("stack")) });
    const { fetch } = serving(all);
    await expect(make(tiny, { fetch }).create()).rejects.toThrow(new RangeError("stack"));
  });
});
