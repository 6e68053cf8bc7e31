/**
 * Writes docs/reference.md from the documentation comments of everything that "optimc" and its subpaths export. With
 * --check, compares instead. An export or a method without a comment is an error.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import prettier from "prettier";
import { Node, Project } from "ts-morph";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = join(root, "docs/reference.md");
const project = new Project({ tsConfigFilePath: join(root, "tsconfig.build.json") });
const undocumented = [];

/** What a file's folder says about what it exports. */
const chapters = [
  ["Operations", /compiler\/ops\//],
  ["Initializers", /compiler\/ops\/initializers/],
  ["Layers", /library\/layers\//],
  ["Losses", /library\/losses\//],
  ["Metrics", /library\/metrics\//],
  ["Optimizers", /(compiler|library)\/optimizers\//],
  ["Schedules", /library\/schedules\/|optimizers\/schedule\.ts/],
  ["Models", /compiler\/model\/|compiler\/read\/configurable|src\/config/],
];
/** Operations that make a model's leaves, which one looks for beside models. */
const leaves = ["input", "param", "state", "constant", "assign"];

const entries = { optimc: "src/index.ts", ...subpaths() };
const sections = new Map(
  ["Models", "Operations", "Layers", "Losses", "Metrics", "Optimizers", "Schedules", "Initializers", "Types"].map(
    (title) => [title, []],
  ),
);
for (const [name, file] of Object.entries(entries)) {
  const source = project.getSourceFileOrThrow(join(root, file));
  for (const [exported, declarations] of source.getExportedDeclarations()) {
    if (name === "optimc") {
      for (const [own, each] of membersOfExport(exported, declarations))
        sections.get(chapterOf(own, each)).push(describe(own, each));
    } else add(`\`${name}\``, describe(exported, declarations));
  }
}
const methods = ["TensorMethods", "IntTensorMethods", "BoolTensorMethods", "HostNumber"].map(methodsOf);

if (undocumented.length > 0) {
  console.error(`without a documentation comment: ${undocumented.join(", ")}`);
  process.exit(1);
}
const text = await prettier.format(render(), { ...(await prettier.resolveConfig(page)), parser: "markdown" });
if (!process.argv.includes("--check")) writeFileSync(page, text);
else if (readFileSync(page, "utf8") !== text) {
  console.error("docs/reference.md is not what the code says: run `npm run reference`");
  process.exit(1);
}

/** An export, or those of a module that is exported as one: `hyper.number`. */
function membersOfExport(name, declarations) {
  const [module] = declarations;
  if (!Node.isSourceFile(module)) return [[name, declarations]];
  return [...module.getExportedDeclarations()].map(([own, each]) => [`${name}.${own}`, each]);
}

function add(title, entry) {
  if (!sections.has(title)) sections.set(title, []);
  sections.get(title).push(entry);
}

/** The other entry points that users import from, as package.json names them. */
function subpaths() {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return Object.fromEntries(
    Object.entries(exports)
      .filter(([path, target]) => ![".", "./runtime", "./package.json"].includes(path) && target.types)
      .map(([path, target]) => [
        `optimc/${path.slice(2)}`,
        target.types.replace("./dist/", "").replace(/\.d\.ts$/, ".ts"),
      ]),
  );
}

function chapterOf(name, declarations) {
  if (leaves.includes(name)) return "Models";
  if (declarations.every((each) => isType(each))) return "Types";
  const files = declarations
    .flatMap((each) => [each, interfaceOf(each)])
    .flatMap((each) => each?.getSourceFile().getFilePath() ?? []);
  const found = chapters.filter(([, pattern]) => files.some((file) => pattern.test(file)));
  return found.at(-1)?.[0] ?? "Models";
}

function isType(each) {
  return Node.isInterfaceDeclaration(each) || Node.isTypeAliasDeclaration(each);
}

/** `const concat = typed<Concat>(...)` or `as unknown as LinearLayer`: the interface that says what it is. */
function interfaceOf(declaration) {
  if (!Node.isVariableDeclaration(declaration)) return undefined;
  const found = declaration.getType().getSymbol()?.getDeclarations() ?? [];
  return found.find((each) => Node.isInterfaceDeclaration(each));
}

function describe(name, declarations) {
  const declaration = declarations[0];
  if (isType(declaration))
    return { name, title: name, text: docOf(declaration, name), details: membersOf(declaration) };
  const signature = signatureOf(declaration);
  const text =
    docOf(declaration, undefined) || docOf(signature, undefined) || docOf(interfaceOf(declaration), undefined);
  if (!text) undocumented.push(name);
  return { name, title: `${name}${signature ? parametersOf(signature) : ""}`, text, details: optionsOf(signature) };
}

function signatureOf(declaration) {
  if (Node.isFunctionDeclaration(declaration)) return declaration;
  // `entry("swa", (options) => ...)` has the function's type, without the names of its parameters.
  const made = declaration.getTypeNode?.() ? undefined : declaration.getInitializer?.();
  const isEntry = Node.isCallExpression(made) && made.getExpression().getText() === "entry";
  const written = isEntry ? made.getArguments()[1] : undefined;
  if (Node.isArrowFunction(written)) return written;
  const called = declaration.getType().getCallSignatures()[0]?.getDeclaration();
  return called;
}

function docOf(node, required) {
  const holder = node && Node.isVariableDeclaration(node) ? node.getVariableStatement() : node;
  const text = proseOf(holder);
  if (!text && required !== undefined) undocumented.push(required);
  return text;
}

/**
 * The text of a comment, as Markdown. Where the comment breaks a line says nothing, but a line that begins with `1.`,
 * `+`, `>` or `#` would begin a list, a quotation or a heading: it is joined to the one before it.
 */
function proseOf(node) {
  const text = node?.getJsDocs?.().at(-1)?.getDescription().trim() ?? "";
  return text.replace(/(?<=\S)\n(?=(?:\d+[.)]|[+>]|#{1,6}|=+)(?:\s|$))/g, " ");
}

function parametersOf(signature) {
  const shown = signature
    .getParameters()
    .filter((each) => each.getName() !== "this")
    .map(
      (each) =>
        `${each.isRestParameter() ? "..." : ""}${each.getNameNode().getText().replace(/\s+/g, " ")}${each.isOptional() && !each.isRestParameter() ? "?" : ""}`,
    );
  return `(${shown.join(", ")})`;
}

/** The documented members of the options that a function takes. */
function optionsOf(signature) {
  const last = signature?.getParameters().at(-1);
  const type = last?.getType().getNonNullableType();
  if (!last || type.isTypeParameter() || type.getCallSignatures().length > 0) return [];
  return type.getProperties().flatMap((property) => {
    const declaration = property.getDeclarations().find((each) => Node.isPropertySignature(each));
    const text = proseOf(declaration);
    if (
      !text ||
      !declaration.getSourceFile().getFilePath().startsWith(root) ||
      declaration.getSourceFile().isInNodeModules()
    )
      return [];
    return [{ name: property.getName(), text }];
  });
}

function membersOf(declaration) {
  if (!Node.isInterfaceDeclaration(declaration)) return [];
  return declaration.getMembers().flatMap((member) => {
    const text = proseOf(member);
    if (!text) return [];
    if (Node.isCallSignatureDeclaration(member)) return [{ name: parametersOf(member), text }];
    if (Node.isMethodSignature(member)) return [{ name: `${member.getName()}${parametersOf(member)}`, text }];
    return Node.isPropertySignature(member) ? [{ name: member.getName(), text }] : [];
  });
}

/** The methods that operations add to an interface, each in its own file. */
function methodsOf(name) {
  const found = project
    .getSourceFiles()
    .flatMap((file) => [...file.getModules().flatMap((each) => each.getInterfaces()), ...file.getInterfaces()])
    .filter((each) => each.getName() === name)
    .flatMap((each) => each.getMethods())
    .map((method) => ({
      name: method.getName(),
      title: `${method.getName()}${parametersOf(method)}`,
      text: docOf(method, `${name}.${method.getName()}`),
      details: [],
    }));
  if (found.length === 0) throw new Error(`no interface ${name} has methods: it has another name`);
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

function render() {
  const [tensor, integers, truths, scalars] = methods;
  const chapter = (title, list, heading = "##") => [
    `${heading} ${title}`,
    ...list.sort((a, b) => a.name.localeCompare(b.name)).map((each) => entry(each, `${heading}#`)),
  ];
  const lines = [
    "# Reference",
    "Everything that the package exports, from its documentation comments (`npm run reference` writes this page). Shapes stand in brackets, axes count from the end if they are negative, and options have PyTorch's names in camelCase and its defaults.",
  ];
  for (const [title, list] of sections) {
    if (list.length === 0 || title === "Types") continue;
    lines.push(...chapter(title, list));
    if (title !== "Operations") continue;
    lines.push(...chapter("Methods of float tensors", tensor));
    lines.push(...chapter("Methods of integer tensors", integers));
    lines.push(...chapter("Methods of tensors of truth values", truths));
    lines.push(...chapter("Methods of numbers of the host", scalars));
  }
  lines.push(...chapter("Types", sections.get("Types")));
  return `${lines.join("\n\n")}\n`;
}

function entry({ title, text, details }, heading) {
  const list = details.map(({ name, text: each }) => `- \`${name}\`: ${each.replace(/\s*\n\s*/g, " ")}`);
  return [`${heading} \`${title}\``, text, list.join("\n")].filter(Boolean).join("\n\n");
}
