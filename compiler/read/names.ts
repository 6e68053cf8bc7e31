/**
 * The names that the user's declarations give to expressions, found in the text: a call at a place initializes
 * `const hidden = ...`. Parsing only; nothing is interpreted or type-checked.
 */
import { createRequire } from "node:module";
import type { Node, Project, SourceFile } from "ts-morph";
import type { Place } from "../ir/place.js";

type TsMorph = typeof import("ts-morph");

/** A step into what a file exports: a key or a position. */
export type PropertyPath = readonly (string | number)[];

/** Gives the name of the declaration that the call at a place initializes, if it initializes one. */
export type NameAt = (place: Place) => string | undefined;

/** A `NameAt` over the texts of files, by absolute path. ts-morph is loaded when the first name is asked for. */
export function namesIn(textOf: (file: string) => string | undefined): NameAt {
  let loaded: { readonly morph: TsMorph; readonly project: Project } | undefined;
  const files = new Map<string, SourceFile | undefined>();

  return (place) => {
    loaded ??= loadParser();
    const { morph, project } = loaded;
    if (!files.has(place.file)) {
      const text = textOf(place.file);
      files.set(place.file, text === undefined ? undefined : project.createSourceFile(place.file, text));
    }
    const source = files.get(place.file);
    const call = source && callAt(morph, source, place);
    return call && initializedBy(morph, call);
  };
}

/** Where in a file's text a property of its default export is written; as much of the path as is written literally. */
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
function callAt({ Node }: TsMorph, source: SourceFile, { line, column }: Place): Node | undefined {
  const start = source.compilerNode.getLineStarts()[line - 1];
  if (start === undefined) return undefined;
  const position = start + column - 1;
  let node: Node | undefined = source.getDescendantAtPos(position);
  for (; node; node = node.getParent()) {
    if (Node.isNewExpression(node) && node.getStart() === position) return node;
    if (Node.isTaggedTemplateExpression(node) && reportedAt(node.getTag()) === position) return node;
    if (Node.isCallExpression(node) && reportedAt(node.getExpression()) === position) return node;
  }
  return undefined;

  /** V8 reports a call by name at the last name, and any other at the end of what is called. */
  function reportedAt(callee: Node): number {
    if (Node.isParenthesizedExpression(callee)) return reportedAt(callee.getExpression());
    if (Node.isPropertyAccessExpression(callee)) return callee.getNameNode().getStart();
    if (Node.isIdentifier(callee)) return callee.getStart();
    return callee.getEnd() - 1;
  }
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
