/** A process that trains and writes checkpoints is killed again and again: each file is whole, and the end is the same bits. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { afterAll, expect, it } from "vitest";
import { standalone } from "../../compiler/emit/standalone.js";
import { folder, openSafetensors } from "../../files/node.js";
import { randomly } from "../files/mutate.js";
import { count } from "../runs.js";
import { classifierParts, rows } from "./nets.js";

const root = mkdtempSync(join(tmpdir(), "optimc-killed-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A run of 33 batches with dropout, Adam and early stopping; it prints what it ends with. */
async function program(): Promise<string> {
  for (const [name, entry] of [
    ["train", "../../train/default.ts"],
    ["files", "../../files/node.ts"],
  ] as const) {
    const entryPoints = [fileURLToPath(new URL(entry, import.meta.url))];
    const options = { bundle: true, write: false, format: "esm", platform: "node" } as const;
    writeFileSync(join(root, `${name}.mjs`), (await build({ entryPoints, ...options })).outputFiles[0]!.contents);
  }
  writeFileSync(join(root, "net.mjs"), await standalone(classifierParts({ plateau: true })));
  const { x, labels } = rows(90);
  const script = join(root, "run.mjs");
  writeFileSync(
    script,
    `import { createHash } from "node:crypto";
     import { setTimeout as sleep } from "node:timers/promises";
     import { batches, checkpoints, earlyStopping, fit } from "./train.mjs";
     import { folder, saveCheckpoint } from "./files.mjs";
     import module from "./net.mjs";
     const data = { x: Float32Array.from(${JSON.stringify([...x])}), labels: Int32Array.from(${JSON.stringify([...labels])}) };
     const net = await module.create({ seed: 1 });
     const runs = checkpoints(folder(process.argv[2]), { every: 2, best: "loss" });
     const pause = { name: "pause", step: () => sleep(1) };
     const resume = await runs.latest(net);
     console.log("begun");
     const { history } = await fit(net, {
       data: batches(data, { size: 8, shuffle: true, seed: 5 }),
       epochs: 3,
       measure: { validation: { run: "evaluate", data } },
       callbacks: [pause, earlyStopping({ patience: 50 }), runs],
       resume,
     });
     const hash = createHash("sha256").update(saveCheckpoint(net)).update(JSON.stringify(history)).digest("hex");
     console.log(JSON.stringify({ hash, epochs: history.length, resumed: resume !== undefined }));`,
  );
  return script;
}

it("ends with the bits of the run that was left alone", async () => {
  const script = await program();
  /** What a process prints last, if it is not killed so many milliseconds after it has begun. */
  const run = async (store: string, milliseconds?: number): Promise<string | undefined> => {
    const child = spawn(process.execPath, [script, store], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (data: Buffer) => (text += data.toString()));
    const ended = new Promise((resolve) => child.once("close", resolve));
    if (milliseconds !== undefined) {
      await Promise.race([new Promise((resolve) => child.stdout.once("data", resolve)), ended]);
      await Promise.race([sleep(milliseconds), ended]);
      child.kill("SIGKILL");
    }
    await ended;
    return text.trim().split("\n").slice(1).at(-1);
  };
  const whole = JSON.parse((await run(join(root, "whole")))!) as { hash: string; epochs: number };
  expect(whole.epochs).toBe(3);
  const random = randomly(3);
  let [kills, finished, resumed] = [0, 0, 0];
  for (const rounds = count(40); kills < rounds || resumed === 0;) {
    const store = join(root, `cut${finished}`);
    const last = await run(store, random.below(60));
    if (last !== undefined) {
      const found = JSON.parse(last) as { resumed: boolean };
      expect(found).toEqual({ ...whole, resumed: found.resumed });
      finished++;
      if (found.resumed) resumed++;
      rmSync(store, { recursive: true });
      continue;
    }
    kills++;
    let names: readonly string[] = [];
    try {
      names = readdirSync(store);
    } catch {
      // It was killed before its first checkpoint.
    }
    for (const name of names.filter((each) => each.endsWith(".safetensors")))
      expect((await openSafetensors((await folder(store).read(name))!)).tensors.size).toBeGreaterThan(0);
  }
});
