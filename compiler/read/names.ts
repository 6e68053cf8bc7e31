/**
 * The names that the user's declarations give to expressions, found in the text: a call at a place initializes
 * `const hidden = ...`. Parsing only; nothing is interpreted or type-checked.
 */
import { createRequire } from "node:module";
import type { Node, Project, SourceFile, ts } from "ts-morph";
import type { Place } from "../ir/place.js";

type TsMorph = typeof import("ts-morph");

/** A step into what a file exports: a key or a position. */
export type PropertyPath = readonly (string | number)[];

/** Gives the name of the declaration that the call at a place initializes, if it initializes one. */
export type NameAt = (place: Place) => string | undefined;

/** A file's syntax tree, and the module that reads it. */
export interface Parsed {
  readonly morph: TsMorph;
  readonly source: SourceFile | undefined;
}

/** Parses files of these texts, by absolute path, each once. ts-morph is loaded when the first is asked for. */
export function parserOf(textOf: (file: string) => string | undefined): (file: string) => Parsed {
  let loaded: { readonly morph: TsMorph; readonly project: Project } | undefined;
  const files = new Map<string, SourceFile | undefined>();
  return (file) => {
    loaded ??= loadParser();
    const { morph, project } = loaded;
    if (!files.has(file)) {
      const text = textOf(file);
      files.set(file, text === undefined ? undefined : project.createSourceFile(file, text));
    }
    return { morph, source: files.get(file) };
  };
}

/** A `NameAt` over parsed files. */
export const namesIn =
  (parse: (file: string) => Parsed): NameAt =>
  (place) => {
    const { morph, source } = parse(place.file);
    const call = source && callAt(morph, source, place);
    return call && initializedBy(morph, call);
  };

/** The place of a property of the default export in a file's text, as far as the path to it is written literally. */
export function placeOfProperty(file: string, text: string, path: PropertyPath): Place {
  const { morph, project } = loadParser();
  const { Node } = morph;
  const source = project.createSourceFile(file, text);
  const valueOf = (node: Node | undefined): Node | undefined => {
    if (node === undefined || Node.isObjectLiteralExpression(node) || Node.isArrayLiteralExpression(node)) return node;
    if (Node.isCallExpression(node)) return valueOf(node.getArguments()[0]);
    if (Node.isIdentifier(node)) return valueOf(source.getVariableDeclaration(node.getText())?.getInitializer());
    if (Node.isAsExpression(node) || Node.isSatisfiesExpression(node) || Node.isParenthesizedExpression(node))
      return valueOf(node.getExpression());
    return undefined;
  };
  const exported = source.getExportAssignment((each) => !each.isExportEquals());
  let at: Node = exported ?? source;
  let value = valueOf(exported?.getExpression());
  for (const step of path) {
    let next: Node | undefined;
    if (Node.isObjectLiteralExpression(value)) {
      next = value.getProperty((each) => Node.hasName(each) && each.getName().replace(/^["']|["']$/g, "") === step);
    } else if (Node.isArrayLiteralExpression(value)) next = value.getElements()[step as number];
    if (next === undefined) break;
    at = next;
    value = valueOf(Node.isPropertyAssignment(next) ? next.getInitializer() : next);
  }
  const { line, column } = source.getLineAndColumnAtPos(at.getStart());
  return { file, line, column };
}

function loadParser(): { readonly morph: TsMorph; readonly project: Project } {
  // Required, not imported: names are asked for from synchronous code, and most builds ask for none.
  const morph = createRequire(import.meta.url)("ts-morph") as TsMorph;
  const project = new morph.Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    compilerOptions: { allowJs: true },
  });
  return { morph, project };
}

/** The call that V8 reports at a place: there may be several within one another, `declare(...)(...)`. */
function callAt({ Node, ts }: TsMorph, source: SourceFile, { line, column }: Place): Node | undefined {
  const tree = source.compilerNode;
  const start = tree.getLineStarts()[line - 1];
  if (start === undefined) return undefined;
  const position = start + column - 1;
  let node: Node | undefined = source.getDescendantAtPos(position);
  for (; node; node = node.getParent()) {
    if (Node.isNewExpression(node) && node.getStart() === position) return node;
    const callee = Node.isTaggedTemplateExpression(node)
      ? node.getTag()
      : Node.isCallExpression(node)
        ? node.getExpression()
        : undefined;
    if (callee && reportedAt(ts, tree, callee.compilerNode) === position) return node;
  }
  return undefined;
}

/** V8 reports a call by name at the last name, and any other call at the end of the called expression. */
export function reportedAt(typescript: typeof ts, tree: ts.SourceFile, callee: ts.Node): number {
  if (typescript.isParenthesizedExpression(callee)) return reportedAt(typescript, tree, callee.expression);
  if (typescript.isPropertyAccessExpression(callee)) return callee.name.getStart(tree);
  if (typescript.isIdentifier(callee)) return callee.getStart(tree);
  return callee.getEnd() - 1;
}

function initializedBy({ Node, SyntaxKind }: TsMorph, call: Node): string | undefined {
  let value = call;
  for (let parent = value.getParent(); parent; value = parent, parent = value.getParent()) {
    if (isTransparent(parent, value)) continue;
    if (Node.isVariableDeclaration(parent) || Node.isPropertyAssignment(parent) || Node.isPropertyDeclaration(parent)) {
      return parent.getInitializer() === value ? nameOf(parent.getNameNode()) : undefined;
    }
    if (Node.isBinaryExpression(parent) && parent.getOperatorToken().getKind() === SyntaxKind.EqualsToken) {
      return parent.getRight() === value ? nameOf(parent.getLeft()) : undefined;
    }
    return undefined;
  }
  return undefined;

  /** Whether the parent's value is the value, so that its name is the value's too. */
  function isTransparent(parent: Node, child: Node): boolean {
    if (Node.isConditionalExpression(parent)) return parent.getCondition() !== child;
    return (
      Node.isParenthesizedExpression(parent) ||
      Node.isAsExpression(parent) ||
      Node.isSatisfiesExpression(parent) ||
      Node.isNonNullExpression(parent) ||
      Node.isTypeAssertion(parent) ||
      Node.isAwaitExpression(parent)
    );
  }

  function nameOf(node: Node): string | undefined {
    if (Node.isIdentifier(node)) return node.getText();
    if (Node.isStringLiteral(node)) return node.getLiteralText();
    if (Node.isPropertyAccessExpression(node)) return node.getName();
    return undefined;
  }
}
