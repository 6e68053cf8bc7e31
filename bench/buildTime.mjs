/**
 * How the time of a build grows: deep nets (linear and relu, Adam, train and predict), wide ones (as many branches side
 * by side) and long chains of elementwise operations, built cold by the command line, a process each.
 *
 *   node buildTime.mjs                        # deep nets of 10, 100, 300 and 1,000 layers, for each choice of targets
 *   node buildTime.mjs wide chain --most 300
 *
 * Processor time of the whole process, because other work on the machine changes the wall time more. It does change
 * with the machine's clock and caches: `loop` is the same for a fixed piece of work just before, and `/ loop` their ratio.
 * `slope` is the exponent of the growth since the line above: 1 is linear.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { most: { type: "string", default: "1000" }, targets: { type: "string", default: "js wasm js,wasm" } },
});

const shapes = {
  deep: {
    counts: [10, 100, 300, 1000, 3000],
    text: (n) => `import { adam, input, linear, minimize, model, type Tensor } from "optimc";
const x = input("x", ["batch", 64]);
let h: Tensor<["batch", 64]> = x;
for (let i = 0; i < ${n}; i++) h = linear("l" + i, 64, 64)(h).relu();
const train = minimize(h.square().sum(), adam({ lr: 1e-3 }));
export default model("deep", { dims: { batch: 32 }, functions: { predict: { h }, train } });
`,
  },
  wide: {
    counts: [10, 100, 300, 1000, 3000],
    text: (n) => `import { adam, input, linear, minimize, model, type Tensor } from "optimc";
const x = input("x", ["batch", 64]);
let loss: Tensor<[]> = x.sum();
for (let i = 0; i < ${n}; i++) loss = loss.add(linear("l" + i, 64, 64)(x).relu().sum());
export default model("wide", { dims: { batch: 32 }, functions: { train: minimize(loss, adam({ lr: 1e-3 })) } });
`,
  },
  chain: {
    counts: [100, 1000, 10000, 50000],
    text: (n) => `import { input, model, type Tensor } from "optimc";
let h: Tensor<["batch", 16]> = input("x", ["batch", 16]);
for (let i = 0; i < ${n}; i++) h = i % 2 === 0 ? h.mul(0.9) : h.add(0.5);
export default model("chain", { dims: { batch: 8 }, functions: { predict: { h } } });
`,
  },
};

const seconds = ({ user, system }) => (user + system) / 1e6;

/** Work of the kind that a compiler does: maps, small objects, strings. */
function loop() {
  const start = process.cpuUsage();
  for (let round = 0; round < 10; round++) {
    const nodes = new Map();
    for (let i = 0; i < 60000; i++)
      nodes.set(`node ${i % 50000}`, { id: i, args: [i - 1, i - 2], key: `${i}*batch+${i}` });
    const text = JSON.stringify([...nodes.values()].sort((a, b) => (a.key < b.key ? -1 : 1)));
    JSON.parse(text);
  }
  return seconds(process.cpuUsage(start));
}

const cli = new URL("../dist/cli/main.js", import.meta.url).pathname;
const report = `data:text/javascript,process.on("exit",()=>{const u=process.resourceUsage();process.stderr.write("\\n"+JSON.stringify({cpu:u.userCPUTime+u.systemCPUTime,memory:u.maxRSS}))})`;

/** A cold build: processor time in seconds, wall time, the most memory in MB. */
function build(folder, file, targets) {
  const start = performance.now();
  const options = ["--import", report, cli, "build", file, "--target", targets, "--out-dir", join(folder, "out")];
  const { status, stderr } = spawnSync(process.execPath, options, { encoding: "utf8" });
  const wall = (performance.now() - start) / 1e3;
  if (status !== 0) throw new Error(`${file} for ${targets}: ${stderr}`);
  const { cpu, memory } = JSON.parse(stderr.slice(stderr.lastIndexOf("\n") + 1));
  return { cpu: cpu / 1e6, wall, memory: memory / 1e3 };
}

const row = (cells) => console.log(`| ${cells.join(" | ")} |`);
const folder = mkdtempSync(join(tmpdir(), "optimc-build-"));
try {
  loop();
  for (const name of positionals.length > 0 ? positionals : ["deep"]) {
    const { counts, text } = shapes[name];
    for (const targets of values.targets.split(" ")) {
      console.log(`\n### ${name}, ${targets}\n`);
      row(["count", "processor s", "loop s", "/ loop", "slope", "wall s", "MB"]);
      console.log("|--:|--:|--:|--:|--:|--:|--:|");
      let before = null;
      for (const n of counts.filter((each) => each <= Number(values.most))) {
        const file = join(folder, `${name}${n}.model.ts`);
        writeFileSync(file, text(n));
        const fixed = loop();
        const { cpu, wall, memory } = build(folder, file, targets);
        const ratio = cpu / fixed;
        const slope = before ? (Math.log(ratio / before.ratio) / Math.log(n / before.n)).toFixed(2) : "";
        row([n, cpu.toFixed(2), fixed.toFixed(2), ratio.toFixed(1), slope, wall.toFixed(2), memory.toFixed(0)]);
        before = { ratio, n };
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
