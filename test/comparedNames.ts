/**
 * Finds the places where a source compares the name of an operation: as an operand of an equality or of `in`, in a
 * `switch`, as the key of a table or a set, or by a method of strings. Names are followed through constants,
 * destructuring, and functions of the same file; printing one is no comparison.
 */
import ts from "typescript";

const equalities: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.InKeyword,
]);
const lookups: ReadonlySet<string> = new Set(["has", "get", "includes", "indexOf", "test"]);
const ofStrings: ReadonlySet<string> = new Set(["startsWith", "endsWith", "includes", "match", "localeCompare"]);

type Environment = ReadonlyMap<string, boolean>;
type FunctionNode = ts.FunctionDeclaration | ts.ArrowFunction | ts.FunctionExpression | ts.MethodDeclaration;

const isFunction = (node: ts.Node): node is FunctionNode =>
  ts.isFunctionDeclaration(node) ||
  ts.isArrowFunction(node) ||
  ts.isFunctionExpression(node) ||
  ts.isMethodDeclaration(node);

/** Without parentheses and assertions. */
function bare(node: ts.Expression): ts.Expression {
  const wraps =
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isSatisfiesExpression(node);
  return wraps ? bare(node.expression) : node;
}

/** The last part of a chain of properties: `definition` of `node.op.definition`. */
function lastPart(node: ts.Expression): string | undefined {
  const inner = bare(node);
  if (ts.isIdentifier(inner)) return inner.text;
  return ts.isPropertyAccessExpression(inner) ? inner.name.text : undefined;
}

/** The name of a function: its own, or that of the constant that it initializes. */
function calledBy(node: FunctionNode): string | undefined {
  if (node.name) return node.name.getText();
  return ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : undefined;
}

class Search {
  readonly found = new Map<number, string>();
  /** Functions that return a name, and the positions of parameters that receive one. */
  readonly #giving = new Set<string>();
  readonly #given = new Map<string, Set<number>>();
  readonly #source: ts.SourceFile;
  #changed = false;

  constructor(file: string, text: string) {
    this.#source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    do {
      this.#changed = false;
      this.#visit(this.#source, new Map());
    } while (this.#changed);
  }

  #isName(node: ts.Expression, known: Environment): boolean {
    const inner = bare(node);
    if (ts.isIdentifier(inner)) return known.get(inner.text) === true;
    if (ts.isPropertyAccessExpression(inner) && inner.name.text === "name") {
      return ["definition", "op"].includes(lastPart(inner.expression) ?? "");
    }
    if (ts.isConditionalExpression(inner)) {
      return this.#isName(inner.whenTrue, known) || this.#isName(inner.whenFalse, known);
    }
    if (ts.isBinaryExpression(inner) && inner.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) {
      return this.#isName(inner.left, known) || this.#isName(inner.right, known);
    }
    return ts.isCallExpression(inner) && this.#giving.has(lastPart(inner.expression) ?? "");
  }

  /** Adds the names that a declaration binds, and which of them are names of operations. */
  #bind(pattern: ts.BindingName, isName: boolean, isDefinition: boolean, known: Map<string, boolean>): void {
    if (ts.isIdentifier(pattern)) {
      known.set(pattern.text, isName);
      return;
    }
    for (const element of pattern.elements) {
      if (ts.isOmittedExpression(element)) continue;
      const property = element.propertyName?.getText() ?? element.name.getText();
      this.#bind(element.name, isDefinition && property === "name", property === "definition", known);
    }
  }

  #visit(node: ts.Node, outer: Environment): void {
    let known = outer;
    if (isFunction(node)) {
      const own = new Map(outer);
      const given = this.#given.get(calledBy(node) ?? "");
      node.parameters.forEach((each, position) => this.#bind(each.name, given?.has(position) === true, false, own));
      known = own;
      if (node.body && ts.isExpression(node.body) && this.#isName(node.body, known)) this.#give(calledBy(node));
    } else if (ts.isBlock(node) || ts.isSourceFile(node) || ts.isForOfStatement(node)) {
      known = new Map(outer);
    }
    if (ts.isVariableDeclaration(node)) {
      const from = node.initializer && bare(node.initializer);
      const isDefinition = from !== undefined && lastPart(from) === "definition";
      this.#bind(
        node.name,
        from !== undefined && this.#isName(from, known),
        isDefinition,
        known as Map<string, boolean>,
      );
    }
    if (ts.isReturnStatement(node) && node.expression && this.#isName(node.expression, known)) {
      let within: ts.Node = node;
      while (!isFunction(within)) within = within.parent;
      this.#give(calledBy(within));
    }
    if (this.#compares(node, known)) {
      this.found.set(node.getStart(), node.getText().split("\n")[0] as string);
    }
    if (ts.isCallExpression(node)) this.#pass(node, known);
    ts.forEachChild(node, (child) => this.#visit(child, known));
  }

  #give(called: string | undefined): void {
    if (called === undefined || this.#giving.has(called)) return;
    this.#giving.add(called);
    this.#changed = true;
  }

  #pass(call: ts.CallExpression, known: Environment): void {
    const called = lastPart(call.expression);
    if (called === undefined) return;
    call.arguments.forEach((argument, position) => {
      if (!this.#isName(argument, known) || this.#given.get(called)?.has(position)) return;
      this.#given.set(called, (this.#given.get(called) ?? new Set()).add(position));
      this.#changed = true;
    });
  }

  #compares(node: ts.Node, known: Environment): boolean {
    const is = (each: ts.Expression): boolean => this.#isName(each, known);
    if (ts.isBinaryExpression(node))
      return equalities.has(node.operatorToken.kind) && (is(node.left) || is(node.right));
    if (ts.isSwitchStatement(node)) return is(node.expression);
    if (ts.isElementAccessExpression(node)) return is(node.argumentExpression);
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
    const { name, expression } = node.expression;
    return (lookups.has(name.text) && node.arguments.some(is)) || (ofStrings.has(name.text) && is(expression));
  }

  /** The places in the order of the file, as `file:line: text`. */
  places(): string[] {
    return [...this.found]
      .sort(([a], [b]) => a - b)
      .map(([at, text]) => {
        const { line } = this.#source.getLineAndCharacterOfPosition(at);
        return `${this.#source.fileName}:${line + 1}: ${text}`;
      });
  }
}

/** A text that mentions no definition has no name of one, and need not be parsed. */
export const comparedNames = (file: string, text: string): string[] =>
  /\b(definition|op)\b/.test(text) ? new Search(file, text).places() : [];

const makers: ReadonlySet<string> = new Set(["defineOp", "unaryOp", "binaryOp"]);

/**
 * The names of the operations that a file defines. If the name is a parameter of a function, its values are those with
 * which the file calls the function.
 */
export function definedNames(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const calls: ts.CallExpression[] = [];
  const collect = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) calls.push(node);
    ts.forEachChild(node, collect);
  };
  collect(source);
  const valuesOf = (node: ts.Expression): string[] => {
    const inner = bare(node);
    if (ts.isStringLiteralLike(inner)) return [inner.text];
    if (!ts.isIdentifier(inner)) return [];
    for (let within: ts.Node = inner; !ts.isSourceFile(within); within = within.parent) {
      if (!isFunction(within)) continue;
      const position = within.parameters.findIndex((each) => each.name.getText() === inner.text);
      const called = calledBy(within);
      if (position < 0 || called === undefined) continue;
      return calls
        .filter((call) => lastPart(call.expression) === called)
        .flatMap((call) => valuesOf(call.arguments[position] as ts.Expression));
    }
    return [];
  };
  return calls.flatMap((call) => {
    const [definition] = call.arguments;
    if (!makers.has(lastPart(call.expression) ?? "") || !definition || !ts.isObjectLiteralExpression(definition))
      return [];
    return definition.properties.flatMap((each) => {
      if (each.name?.getText() !== "name") return [];
      if (ts.isShorthandPropertyAssignment(each)) return valuesOf(each.name);
      return ts.isPropertyAssignment(each) ? valuesOf(each.initializer) : [];
    });
  });
}
