/** What is known of the JavaScript target before anything is printed. */
import type { TargetFacts } from "../target.js";

export const facts: TargetFacts = {
  name: "js",
  title: "JavaScript",
  mostNumbers: Infinity,
  instances: { js: null },
  files: [],
  stageNames: ["kernels"],
};
