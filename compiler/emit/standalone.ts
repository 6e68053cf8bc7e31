/** A module that holds the runtime itself, and imports nothing: for a page without a bundler. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { codeRoot, packageJson } from "../read/package.js";
import { printModule, type ModuleParts } from "./module.js";

const exporting = /^export \{([^}]*)\};\s*$/m;

/** The emitted module as text, with the parts of the runtime that it uses in the place of their import. */
export async function standalone(parts: ModuleParts): Promise<string> {
  const taken = parts.imports.map(({ name, as = name }) => as);
  const names = parts.imports.map(({ name, as = name }) => `${name} as ${as}`);
  // esbuild is loaded only here: no other build bundles a module.
  const { build } = await import("esbuild");
  const entry = fileURLToPath(new URL(`runtime/standalone${import.meta.url.slice(-3)}`, codeRoot));
  const { outputFiles } = await build({
    stdin: { contents: `export { ${names.join(", ")} } from ${JSON.stringify(entry)};`, resolveDir: dirname(entry) },
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    charset: "utf8",
    logLevel: "silent",
  });
  const bundled = outputFiles[0]!.text.replace(/^\/\/ .*\n/gm, "");
  const [last = "", list = ""] = exporting.exec(bundled) ?? [];
  const exported = list
    .split(",")
    .map((each) => each.trim().split(" as "))
    .map(([own = "", name = own]) => (own === name ? own : `${name}: ${own}`));
  // In a function of its own, so that no name of the runtime clashes with one of the kernels.
  const body = bundled.replace(last, `return { ${exported.join(", ")} };\n`);
  const { version, license } = packageJson();
  const runtime = [
    `/** The runtime of optimc ${version}; its licence is ${license}. */`,
    `const { ${taken.join(", ")} } = (() => {`,
    ...body
      .trimEnd()
      .split("\n")
      .map((each) => (each === "" ? "" : `  ${each}`)),
    "})();",
  ].join("\n");
  return printModule(parts, runtime);
}
