/** Runs side by side, one on each core. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

/** The results of jobs in their order; `onResult(job, result)` is called as each comes. */
export async function runAll(jobs, onResult) {
  const results = new Array(jobs.length);
  let next = 0;
  const work = async () => {
    const worker = new Worker(new URL("worker.js", import.meta.url));
    try {
      while (next < jobs.length) {
        const place = next++;
        results[place] = await ask(worker, jobs[place]);
        onResult(jobs[place], results[place]);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, work));
  return results;
}

const ask = (worker, job) =>
  new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", ({ result, error }) => {
      worker.off("error", reject);
      if (error) reject(error);
      else resolve(result);
    });
    worker.postMessage(job);
  });
