#!/usr/bin/env node
import { processes } from "./apart/process.js";
import { run } from "./run.js";

// Whoever reads the output may stop early, as `head` does: that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

const apart = processes();

// The exit code is set, not forced: what is still being written to a pipe is written.
process.exitCode = await run(process.argv.slice(2), {
  terminal: {
    out: (line) => void process.stdout.write(`${line}\n`),
    error: (line) => void process.stderr.write(`${line}\n`),
    color: process.stderr.isTTY === true && !process.env["NO_COLOR"],
    cwd: process.cwd(),
  },
  apart,
});
apart.close();
