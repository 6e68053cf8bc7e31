/** A target from outside the compiler: JavaScript under another name, with a file of its own and a loader of its own. */
import { js } from "../../compiler/targets/js/js.js";
import type { Target } from "../../compiler/targets/target.js";

const firstLine = "kernels of";

/** The runtime does not know this target: it is given the code as if it were JavaScript's. */
const loader = `const program = (description) => {
  const module = javascriptProgram({
    ...description,
    javascript: description.other,
    host: (kernels, memory) => description.host(kernels, memory, "other"),
  });
  const named = (net) => Object.create(net, { target: { value: "other" } });
  const without = ({ target, ...options } = {}) => options;
  return {
    create: async (options) => named(await module.create(without(options))),
    createSync: (options) => named(module.createSync(without(options))),
  };
};
`;

export const other: Target = {
  ...js,
  name: "other",
  title: "Other",
  instances: { other: "is planted" },
  files: [{ ending: ".other.txt", isOurs: (content) => Buffer.from(content).toString("utf8").startsWith(firstLine) }],
  loader: { imports: [{ name: "javascriptProgram" }], lines: loader.split("\n") },
  stageNames: ["listing"],
  stages: { listing: ({ functions }) => functions.map(({ name }) => `listed ${name}`).join("\n") },
  // In a module that runs on JavaScript too, each has functions of its own.
  kernelNames() {
    const nameKernel = js.kernelNames();
    return (wanted) => nameKernel(`other ${wanted}`);
  },
  print(program, options) {
    const printed = js.print(program, options);
    const names = printed.names.filter((name) => name !== "bindKernels");
    return {
      ...printed,
      names: [...names, "bindOther"],
      binding: (taken) =>
        printed.binding(taken).map((line) => line.replace("function bindKernels(", "function bindOther(")),
      bound: [["other", ["bindOther"]]],
      files: options.inline ? {} : { ".other.txt": [`${firstLine} ${program.name}`, ...names, ""].join("\n") },
    };
  },
};
