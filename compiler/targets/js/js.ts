/** The JavaScript target: plain functions over typed arrays, sums in double, rounding where the graph rounds. */
import { double } from "../../ir/rounding.js";
import type { ScalarFunction } from "../../ir/scalar.js";
import type { HostLanguage, Target } from "../target.js";
import { visitScalars } from "../../ir/kernel.js";
import { contractionNames, noScratch, printContractionHelpers } from "./contractionHelpers.js";
import { facts } from "./facts.js";
import { joined, noHelpers } from "./helpers.js";
import { calledBy, printKernel } from "./kernel.js";
import { powerHelper } from "./power.js";
import { identifier, Names } from "./names.js";
import { printScalarFunctions } from "./math.js";
import { printKernels, printProgram } from "./module.js";
import { definitionOf, printOperand, printScalar, type ScalarContext } from "./scalar.js";
import { printSize } from "./size.js";

/** Names that emitted helpers have: no parameter or local may hide one. */
const helperNames = [
  ...powerHelper.names,
  ...contractionNames,
  ..."exp expSum log tanh sin cos erf turnedSine pow exp2i exponent mantissa powersOfTwo float64 words uniform32 uniform64 normal32 normal64 threefry0 threefry1".split(
    " ",
  ),
];

export const js: Target & HostLanguage = {
  ...facts,
  accumulator: () => "f64",
  update: () => "f64",
  chains: false,
  elementary: () => "f64",
  rounding: { float32: { ...double, element: 2 ** -24 }, float64: double },
  sharesScratch: true,
  loader: { imports: [{ name: "javascriptProgram", as: "program" }], lines: [] },
  stages: { kernels: printKernels },
  printKernel: (kernel, labelOf, capacityOf) => printKernel(kernel, labelOf, capacityOf, helperNames),
  kernelNames() {
    const names = new Names(helperNames);
    return (wanted) => names.take(identifier(wanted));
  },
  print: printProgram,
  printHostScalar(scalar, { known, variable, size }, as) {
    const context: ScalarContext = {
      known,
      variable,
      index: (each) => printSize(each, (factor) => size(factor.kind === "dimension" ? factor.name : factor.index.id)),
    };
    return as === "operand" ? printOperand(scalar, context) : printScalar(scalar, context);
  },
  printHelpers(kernels, hostScalars, scratch) {
    let powers = false;
    const called = new Set<ScalarFunction>();
    for (const kernel of kernels) calledBy(kernel.body, called);
    for (const root of hostScalars) {
      visitScalars(root, (scalar) => {
        const definition = definitionOf(scalar);
        if (definition) called.add(definition);
        if (scalar.kind === "binary" && scalar.operator === "power") powers = true;
      });
    }
    return joined([
      powers ? powerHelper : noHelpers,
      printContractionHelpers({ ...noScratch, ...scratch }),
      printScalarFunctions(called),
    ]);
  },
};
