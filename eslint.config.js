import tseslint from "typescript-eslint";

/** Engines differ in the last bit of most of Math; our own definitions do not. */
const mathematics = (...same) => ({
  "no-restricted-syntax": [
    "error",
    {
      selector: `MemberExpression[object.name='Math']:not([property.name=/^(${same.join("|")})$/])`,
      message: `Engines differ in Math.*: only ${same.join(", ")} are the same everywhere.`,
    },
    { selector: "BinaryExpression[operator='**']", message: "Engines differ in **: use the project's own pow." },
    { selector: "AssignmentExpression[operator='**=']", message: "Engines differ in **: use the project's own pow." },
  ],
});
const ownMathematics = mathematics("sqrt", "fround", "imul", "floor", "abs");

export default tseslint.config(
  {
    ignores: [
      "dist/",
      "node_modules/",
      "**/*.tmp.*",
      "examples/*/build/",
      "bench/build/",
      "test/**/generated/",
      "test/golden/*.js",
    ],
  },
  ...tseslint.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": [
        "error",
        { fixStyle: "inline-type-imports", disallowTypeAnnotations: false },
      ],
      eqeqeq: "error",
      "no-eval": "error",
      "no-new-func": "error",
      "prefer-const": "error",
    },
  },
  // What runs in the user's program, and what computes scalars for it.
  { files: ["runtime/**/*.ts", "files/**/*.ts", "compiler/ir/evaluate.ts"], rules: ownMathematics },
  // Orders of rows are the same everywhere; what is least, greatest or rounded is, too.
  { files: ["train/**/*.ts"], rules: mathematics("imul", "floor", "ceil", "round", "min", "max") },
  // Tests run what the compiler printed.
  { files: ["test/**/*.ts"], rules: { "no-new-func": "off" } },
  // Emitted modules: a test lints them by this rule.
  { files: ["**/*.emitted.js"], rules: ownMathematics },
);
