/**
 * `node scripts/compare-emitted.mjs [COMMIT]`: builds the models of the examples and benchmarks with the compiler of
 * this tree and with that of a commit (default HEAD), and lists the files that differ. It ends with 1 if any does.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const commit = process.argv[2] ?? "HEAD";
const work = mkdtempSync(join(tmpdir(), "optimc-compare-"));
const before = join(work, "tree");

function run(folder, command, ...options) {
  return execFileSync(command, options, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

/** Builds the models of this tree in several forms; what is emitted depends on where they lie, so each tree has a copy. */
function emit(tree, folder) {
  run(tree, process.execPath, "scripts/build.mjs", "--no-types");
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(tree, join(folder, "node_modules/optimc"));
  for (const models of ["examples", "bench/models"]) {
    cpSync(join(root, models), join(folder, models), { recursive: true, filter: (path) => basename(path) !== "build" });
  }
  const models = filesIn(folder).filter((file) => file.endsWith(".model.ts"));
  const cli = join(tree, JSON.parse(readFileSync(join(tree, "package.json"), "utf8")).bin.optimc);
  const forms = { plain: [], standalone: ["--standalone", "--inline"], debug: ["--debug"] };
  for (const [form, options] of Object.entries(forms)) {
    run(folder, process.execPath, cli, "build", ...models, "--out-dir", join(folder, "out", form), ...options);
  }
  const out = join(folder, "out");
  return new Map(filesIn(out).map((file) => [relative(out, file), contents(file)]));
}

/** Without what a manifest says of the build itself, such as the compiler's hash. */
function contents(file) {
  const text = readFileSync(file);
  if (!file.endsWith(".manifest.json")) return text;
  const { build: _, ...manifest } = JSON.parse(text);
  return Buffer.from(JSON.stringify(manifest));
}

try {
  run(root, "git", "worktree", "add", "--detach", before, commit);
  symlinkSync(join(root, "node_modules"), join(before, "node_modules"));
  const [old, now] = [emit(before, join(work, "old")), emit(root, join(work, "new"))];
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  const differing = names.filter((name) => !(old.get(name) && now.get(name)?.equals(old.get(name))));
  for (const name of differing) {
    const [from, to] = [old.get(name)?.length ?? "none", now.get(name)?.length ?? "none"];
    console.log(`${name}: ${from} -> ${to} bytes${from === to ? ", other ones" : ""}`);
  }
  console.log(`${names.length - differing.length} of ${names.length} files are the same as those of ${commit}`);
  process.exitCode = differing.length > 0 ? 1 : 0;
} finally {
  run(root, "git", "worktree", "remove", "--force", before);
  rmSync(work, { recursive: true, force: true });
}
