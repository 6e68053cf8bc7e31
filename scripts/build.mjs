/**
 * Builds dist/: what tsc emits of src, library, cli, compiler, runtime, files and train, and build-id.json, a hash over all code by which models
 * know that they were built by another compiler. With --if-stale, does nothing where dist was built from these sources;
 * with --no-types, leaves out the type check and the declarations (for tests, which have their own).
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const sources = [
  "src",
  "library",
  "cli",
  "compiler",
  "runtime",
  "files",
  "train",
  "tsconfig.json",
  "tsconfig.build.json",
  "package.json",
  "scripts/build.mjs",
];

const from = hash(sources.flatMap((path) => filesIn(join(root, path))));
const types = !process.argv.includes("--no-types");
const before = builtBefore();
if (process.argv.includes("--if-stale") && before.from === from && (before.types || !types)) process.exit(0);

// Into a folder of its own first: whoever runs dist meanwhile keeps a whole one.
const fresh = mkdtempSync(join(root, "node_modules/.dist-"));
try {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const options = ["-p", "tsconfig.build.json", "--outDir", fresh];
  if (!types) options.push("--noCheck", "--declaration", "false");
  const { status } = spawnSync(process.execPath, [tsc, ...options], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = 1;
  else {
    chmodSync(join(fresh, "cli/main.js"), 0o755);
    const code = filesIn(fresh).filter((file) => file.endsWith(".js"));
    writeFileSync(join(fresh, "build-id.json"), `${JSON.stringify({ id: hash(code, fresh), from, types })}\n`);
    chmodSync(fresh, 0o755);
    const old = `${fresh}-old`;
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(fresh, dist);
    rmSync(old, { recursive: true, force: true });
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

/** Every file in a folder, or the file itself, sorted. */
function filesIn(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
    .sort();
}

/** One hash over names and contents. */
function hash(files, folder = root) {
  const all = createHash("sha256");
  for (const file of files) {
    const content = createHash("sha256").update(readFileSync(file)).digest("hex");
    all.update(`${relative(folder, file).split(sep).join("/")} ${content}\n`);
  }
  return all.digest("hex");
}

function builtBefore() {
  const file = join(dist, "build-id.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}
