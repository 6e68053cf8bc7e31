/** The public face, as the type tests import it. */
export * from "../../src/index.js";
