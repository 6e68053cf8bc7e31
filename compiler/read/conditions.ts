/**
 * Tensors as conditions. For JavaScript every object is true, and no method is called to find out, so that `if
 * (x.gt(0))` always holds. Such conditions are therefore found in the text. The run shows which calls gave tensors; a
 * constant that such a call initializes is a tensor too. Other values that may be tensors (parameters, properties,
 * variables that change, results of the file's own functions) are not refused: the condition may ask whether they
 * exist.
 */
import type { ts } from "ts-morph";
import { fail } from "../diagnostics.js";
import { watchResults } from "../ir/guards.js";
import { isExpression } from "../ir/op.js";
import { here, isInstalled, type Place } from "../ir/place.js";
import { reportedAt, type Parsed } from "./names.js";

export interface TensorPlaces {
  /** The calls that gave a tensor whenever they ran. */
  readonly places: () => readonly Place[];
  readonly stop: () => void;
}

const keyOf = ({ file, line, column }: Place): string => `${line}:${column}:${file}`;

/** Records the places of calls that give tensors, until it is stopped. */
export function collectTensors(): TensorPlaces {
  const tensors = new Map<string, Place>();
  const others = new Set<string>();
  const stop = watchResults((result) => {
    // The declaration of a layer makes its parameters at the same place, but gives no tensor: the last call to return
    // decides.
    const place = isExpression(result) ? result.place : here();
    if (place === undefined) return;
    if (isExpression(result)) tensors.set(keyOf(place), place);
    else others.add(keyOf(place));
  });
  return { places: () => [...tensors].flatMap(([key, place]) => (others.has(key) ? [] : [place])), stop };
}

interface Found {
  readonly node: ts.Node;
  /** The use of the tensor, in the words of the message. */
  readonly use: string;
}

/** Refuses a tensor that is used as a condition. */
export function checkConditions(
  places: readonly Place[],
  textOf: (file: string) => string | undefined,
  parse: (file: string) => Parsed,
): void {
  for (const [file, own] of grouped(places)) {
    if (own[0] === undefined || isInstalled(own[0]) || !mayHold(textOf(file) ?? "")) continue;
    const { morph, source } = parse(file);
    if (source === undefined) continue;
    const tree = source.compilerNode;
    const starts = tree.getLineStarts();
    const calls = new Set(own.map(({ line, column }) => (starts[line - 1] ?? 0) + column - 1));
    const found = conditionsIn(morph.ts, tree, calls);
    const placeOf = (node: ts.Node): Place => {
      const { line, character } = tree.getLineAndCharacterOfPosition(node.getStart(tree));
      return { file, line: line + 1, column: character + 1 };
    };
    const [first, ...others] = found;
    if (first === undefined) continue;
    const isComparison = first.use.includes("=");
    fail({
      code: "invalid-argument",
      message: isComparison ? "a tensor is compared as a value" : "a tensor is used as a condition",
      expected: "what is known now: a tensor has its numbers when the model runs",
      found: isComparison
        ? `a tensor in ${first.use}, which compares no numbers`
        : `a tensor in ${first.use}: JavaScript takes it for true, whatever its numbers will be`,
      hint: isComparison
        ? "x.eq(y) compares the elements; where(x.eq(y), a, b) chooses by them"
        : "where(condition, a, b) chooses by the elements of a tensor; and, or and not are methods of bool tensors",
      place: placeOf(first.node),
      related: others.slice(0, 4).map(({ node, use }) => ({ place: placeOf(node), label: `and in ${use}` })),
    });
  }
}

/** Most files have nothing that looks like a condition, and are not parsed for it. */
const mayHold = (text: string): boolean => /\b(?:if|while|for|switch)\s*\(|\?(?![.?:])|!|&&|\|\||==/.test(text);

function grouped(places: readonly Place[]): Map<string, Place[]> {
  const files = new Map<string, Place[]>();
  for (const place of places) files.set(place.file, [...(files.get(place.file) ?? []), place]);
  return files;
}

function conditionsIn(typescript: typeof ts, tree: ts.SourceFile, calls: ReadonlySet<number>): Found[] {
  const { SyntaxKind } = typescript;
  const found: Found[] = [];
  const truth = (node: ts.Node, use: string): void => {
    const inner = bare(typescript, node);
    if (isTensor(inner)) found.push({ node: inner, use });
    // In `a && b` as a condition both sides are conditions; the left one is checked at its own place.
    else if (typescript.isBinaryExpression(inner) && isLogical(inner.operatorToken.kind)) truth(inner.right, use);
  };
  const isLogical = (kind: ts.SyntaxKind): boolean =>
    kind === SyntaxKind.AmpersandAmpersandToken || kind === SyntaxKind.BarBarToken;
  const equalities: readonly ts.SyntaxKind[] = [
    SyntaxKind.EqualsEqualsToken,
    SyntaxKind.EqualsEqualsEqualsToken,
    SyntaxKind.ExclamationEqualsToken,
    SyntaxKind.ExclamationEqualsEqualsToken,
  ];

  function isTensor(node: ts.Node): boolean {
    const inner = bare(typescript, node);
    if (typescript.isCallExpression(inner)) return calls.has(reportedAt(typescript, tree, inner.expression));
    if (typescript.isConditionalExpression(inner)) return isTensor(inner.whenTrue) && isTensor(inner.whenFalse);
    if (!typescript.isIdentifier(inner)) return false;
    const initializer = constantOf(typescript, inner);
    return initializer !== undefined && isTensor(initializer);
  }

  const isLiteral = (node: ts.Node): boolean => {
    const inner = bare(typescript, node);
    if (typescript.isPrefixUnaryExpression(inner)) return isLiteral(inner.operand);
    return (
      typescript.isNumericLiteral(inner) ||
      typescript.isStringLiteralLike(inner) ||
      inner.kind === SyntaxKind.TrueKeyword ||
      inner.kind === SyntaxKind.FalseKeyword
    );
  };

  const visit = (node: ts.Node): void => {
    if (typescript.isIfStatement(node)) truth(node.expression, "if (...)");
    else if (typescript.isWhileStatement(node) || typescript.isDoStatement(node)) truth(node.expression, "while (...)");
    else if (typescript.isForStatement(node)) {
      if (node.condition) truth(node.condition, "for (...)");
    } else if (typescript.isConditionalExpression(node)) truth(node.condition, "... ? ... : ...");
    else if (typescript.isPrefixUnaryExpression(node)) {
      if (node.operator === SyntaxKind.ExclamationToken) truth(node.operand, "!...");
    } else if (typescript.isBinaryExpression(node)) {
      const { left, right, operatorToken } = node;
      const sign = operatorToken.getText(tree);
      if (isLogical(operatorToken.kind)) truth(left, `... ${sign} ...`);
      else if (equalities.includes(operatorToken.kind)) {
        const [a, b] = [isTensor(left), isTensor(right)];
        // Comparing something with this tensor is allowed.
        const isIdle = (a && (b || isLiteral(right))) || (b && isLiteral(left));
        if (isIdle) found.push({ node: a ? bare(typescript, left) : bare(typescript, right), use: `... ${sign} ...` });
      }
    }
    typescript.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** Without what does not change the value. */
function bare(typescript: typeof ts, node: ts.Node): ts.Node {
  return typescript.isParenthesizedExpression(node) ||
    typescript.isAsExpression(node) ||
    typescript.isSatisfiesExpression(node) ||
    typescript.isNonNullExpression(node) ||
    typescript.isTypeAssertionExpression(node)
    ? bare(typescript, node.expression)
    : node;
}

/** The initializer of a name, if it is a constant; scopes are searched from the inside out, as in the language. */
function constantOf(typescript: typeof ts, name: ts.Identifier): ts.Expression | undefined {
  for (let scope: ts.Node | undefined = name.parent; scope; scope = scope.parent) {
    const declared = declarationIn(typescript, scope, name.text);
    if (declared === undefined) continue;
    if (!typescript.isVariableDeclaration(declared) || !typescript.isIdentifier(declared.name)) return undefined;
    const isConstant = (declared.parent.flags & typescript.NodeFlags.Const) !== 0;
    return isConstant ? declared.initializer : undefined;
  }
  return undefined;
}

/** The declaration of a name directly in a scope, if there is one. */
function declarationIn(typescript: typeof ts, scope: ts.Node, name: string): ts.Node | undefined {
  const declares = (node: ts.Node & { readonly name?: ts.Node | undefined }): boolean => {
    const { name: own } = node;
    if (own === undefined) return false;
    if (typescript.isIdentifier(own)) return own.text === name;
    if (!typescript.isObjectBindingPattern(own) && !typescript.isArrayBindingPattern(own)) return false;
    return own.elements.some((each) => typescript.isBindingElement(each) && declares(each));
  };
  const lists: ts.Node[] = [];
  if (typescript.isFunctionLike(scope)) lists.push(...scope.parameters);
  if (typescript.isFunctionExpression(scope) || typescript.isClassExpression(scope)) lists.push(scope);
  if (typescript.isCatchClause(scope) && scope.variableDeclaration) lists.push(scope.variableDeclaration);
  const initializer =
    typescript.isForStatement(scope) || typescript.isForOfStatement(scope) || typescript.isForInStatement(scope)
      ? scope.initializer
      : undefined;
  if (initializer && typescript.isVariableDeclarationList(initializer)) lists.push(...initializer.declarations);
  const statements =
    typescript.isBlock(scope) || typescript.isSourceFile(scope) || typescript.isCaseOrDefaultClause(scope)
      ? scope.statements
      : [];
  for (const statement of statements) {
    if (typescript.isVariableStatement(statement)) lists.push(...statement.declarationList.declarations);
    else if (typescript.isFunctionDeclaration(statement) || typescript.isClassDeclaration(statement))
      lists.push(statement);
  }
  return lists.find(declares);
}
