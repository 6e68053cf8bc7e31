/** A worker process that answers a line with a line (`workers/serve.mjs`), on one core where `taskset` is there. */
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

/** The second core: the first is where interrupts and this driver tend to run. */
const pin = spawnSync("taskset", ["-c", "1", "true"]).status === 0 ? ["taskset", "-c", "1"] : [];

export const pinned = pin.length > 0;

export class Worker {
  #process;
  #lines;
  #complaints = "";

  constructor(command) {
    const [file, ...args] = [...pin, ...command];
    this.#process = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stderr.on("data", (text) => (this.#complaints += text));
    this.#process.stdin.on("error", () => {}); // it has ended, which `ask` tells
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async ask(line) {
    this.#process.stdin.write(`${line}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`a worker ended: ${this.#process.spawnargs.join(" ")}\n${this.#complaints}`);
    return JSON.parse(value);
  }

  /** Resolves when the process has ended, so that it takes nothing from the next. */
  stop() {
    return new Promise((resolve) => {
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) return resolve();
      this.#process.once("exit", resolve);
      this.#process.kill("SIGKILL");
    });
  }
}
