/** Runs a compiled program in the test's own process. */
export * from "../compiler/check/instance.js";
