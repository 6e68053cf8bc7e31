/** The emitted module: kernels as functions, the host's part of each call, and the program's description. */
import { abi } from "../../runtime/abi.js";
import { checksum } from "../../runtime/checksum.js";
import { escaped } from "../ir/escape.js";
import type { CompiledProgram } from "./compiled.js";
import type { ModelFunction } from "../model/model.js";
import { js } from "../targets/js/js.js";
import { checkAlike } from "./checkSharedHost.js";
import { describeSteps, type DebugOptions } from "./debug.js";
import { describe } from "./moduleDescription.js";
import { driverImports } from "./driver.js";
import { hostScalarsOf, printBind } from "./host.js";
import { distinctKernels, printBinding, printKernelFunction } from "./kernels.js";
import { comment, indent, object } from "./javascriptText.js";
import type { WasmModules } from "./wasm.js";

export interface ModuleOptions {
  /** The model file's name, for the header. */
  readonly source: string;
  /** optimc's. */
  readonly version: string;
  /** The base name of the outputs. Default: the model's name. */
  readonly name?: string;
  /** What the program for WebAssembly became, where there is one. */
  readonly wasm?: WasmModules | null;
  /** Whether the WebAssembly stands in the text, and not in files beside it. Default false. */
  readonly inline?: boolean;
  /** Whether the module looks for values that are not finite: its kernels are then functions of their own. */
  readonly debug?: DebugOptions | undefined;
}

const variants = ["strict", "relaxed"] as const;

/** The files that hold the WebAssembly of the module with this base name. */
export const wasmFiles = (name: string): Readonly<Record<(typeof variants)[number], string>> => ({
  strict: `${name}.wasm`,
  relaxed: `${name}.relaxed.wasm`,
});

function wasmSources(wasm: WasmModules, name: string, inline: boolean): string[] {
  const files = wasmFiles(encodeURIComponent(name));
  const sources = variants.flatMap((variant) => {
    const bytes = wasm[variant];
    if (!bytes) return [];
    const file = JSON.stringify(`./${files[variant]}`);
    const source: (readonly [string, string[]])[] = inline
      ? [["base64", [JSON.stringify(Buffer.from(bytes).toString("base64"))]]]
      : [
          // In this form bundlers find the file.
          ["url", [`() => new URL(${file}, import.meta.url)`]],
          ["checksum", [String(checksum(bytes))]],
        ];
    return [[variant, object(source)] as const];
  });
  return object([["build", [JSON.stringify(wasm.build)]], ...sources]);
}

function debugBind(programs: readonly CompiledProgram[], debug: DebugOptions): string[] {
  const [first, ...rest] = describeSteps(programs, debug);
  const lines = [`bind: findNotFinite(bind, ${first}`, ...rest];
  return lines.map((line, position) => (position === lines.length - 1 ? `${line}),` : line));
}

const hasGroups = (definition: ModelFunction | null): boolean =>
  definition?.kind === "minimize" && definition.optimizer.groups.length > 1;

/** The text of the module of one model, from its programs: one for each target, for JavaScript, WebAssembly or both. */
export function emitModule(programs: readonly CompiledProgram[], options: ModuleOptions): string {
  const { source, version, wasm = null, inline = false, debug } = options;
  checkAlike(programs);
  const [first] = programs as readonly [CompiledProgram];
  const javascript = programs.find(({ target }) => target.name === "js");
  const kernels = javascript ? distinctKernels(javascript) : [];
  const helpers = js.printHelpers(
    kernels.map((call) => call.kernel),
    hostScalarsOf(first),
    javascript?.scratch ?? {},
  );
  const drivers = driverImports(first);
  const taken = [
    ...kernels.map(({ name }) => name),
    ...[...helpers.matchAll(/^(?:function|const) ([\w$]+)/gm)].map((match) => match[1] as string),
    ...[
      "program",
      "scheduled",
      "readGroups",
      "checkIndices",
      "javascript",
      "bind",
      ...(debug ? ["findNotFinite"] : []),
      ...drivers,
    ],
  ];
  const bind = printBind(first, taken);
  const described = describe(first);
  const isUsed = (helper: string): boolean =>
    described.some(([, lines]) => lines.some((line) => line.includes(helper)));
  const imports = [
    wasm ? "program" : "javascriptProgram as program",
    ...(bind.some((line) => line.includes(" = scheduled(")) ? ["scheduled"] : []),
    ...(first.functions.some(({ definition }) => hasGroups(definition)) ? ["readGroups"] : []),
    ...(isUsed(" checkIndices(input, ") ? ["checkIndices"] : []),
    ...(debug ? ["findNotFinite"] : []),
    ...drivers,
  ];
  const bytes = Math.max(...programs.map(({ layout }) => layout.scratch.offset));
  const [, ...description] = object([
    ["abi", [String(abi)]],
    ["name", [JSON.stringify(first.model.name)]],
    ["bytes", [String(bytes)]],
    ...described,
    ...(wasm ? [["wasm", wasmSources(wasm, options.name ?? first.model.name, inline)] as const] : []),
  ]);
  return escaped(
    [
      `// generated by optimc ${version} from ${comment(source)}; changes are lost when it is built again`,
      `import { ${imports.join(", ")} } from "optimc/runtime";`,
      "",
      ...kernels.flatMap(printKernelFunction),
      ...(helpers === "" ? [] : [helpers]),
      ...(javascript ? printBinding(javascript, taken, debug !== undefined) : []),
      ...bind,
      "export default program({",
      ...description.slice(0, -1),
      ...(debug ? indent(debugBind(programs, debug)) : ["  bind,"]),
      ...(javascript ? ["  javascript,"] : []),
      "});",
      "",
    ].join("\n"),
  );
}
