import tseslint from "typescript-eslint";

/** Engines differ in the last bit of these; our own definitions do not. */
const ownMathematics = {
  "no-restricted-syntax": [
    "error",
    {
      selector:
        "MemberExpression[object.name='Math']:not([property.name=/^(sqrt|fround|imul|floor|ceil|round|min|max|abs)$/])",
      message:
        "Engines differ in Math.*: only sqrt, fround, imul, abs, min, max and what rounds to a whole number are the same everywhere.",
    },
    { selector: "BinaryExpression[operator='**']", message: "Engines differ in **: use the project's own pow." },
    { selector: "AssignmentExpression[operator='**=']", message: "Engines differ in **: use the project's own pow." },
  ],
};

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
  { files: ["runtime/**/*.ts", "files/**/*.ts", "train/**/*.ts", "compiler/ir/evaluate.ts"], rules: ownMathematics },
  // Tests run what the compiler printed.
  { files: ["test/**/*.ts"], rules: { "no-new-func": "off" } },
  // Emitted modules: a test lints them by this rule.
  { files: ["**/*.emitted.js"], rules: ownMathematics },
);
