/** Groups of parameters with hyper-parameters of their own. */
import { fail } from "../diagnostics.js";
import { describeValue, quoted } from "../ir/guards.js";
import { printShape, type Size } from "../ir/size.js";
import type { Group, ParameterMatch, Optimizer, BoundOptimizer } from "./updateRule.js";
import { isIdentifier } from "../ir/identifier.js";

/** The parameters of a group, and their own options. */
export type GroupOf<O> = O & {
  /**
   * Which parameters: a pattern of names, in which `*` stands for any characters (`"*.bias"`), several of them, or a
   * function of name and shape.
   */
  readonly match: string | readonly string[] | ParameterMatch;
  /** Another optimizer for the group; its hyper-parameters are its own. */
  readonly optimizer?: Optimizer;
};

/** The option `groups` of an optimizer, whose other options are O. */
export interface GroupOptions<O> {
  /**
   * Parameters with their own options, under names that calls use: `net.train(batch, { groups: { biases: { lr } } })`.
   */
  readonly groups?: Readonly<Record<string, GroupOf<O>>>;
}

const usable = 'match: a pattern such as "*.bias", several of them, or a function ({ name, shape }) => boolean';

function matchOf(where: string, match: unknown): ParameterMatch {
  if (typeof match === "function") return match as ParameterMatch;
  const patterns: unknown[] = Array.isArray(match) ? match : [match];
  if (patterns.length === 0 || patterns.some((each) => typeof each !== "string" || each === ""))
    fail({
      code: "invalid-hyper",
      message: `${where}: match is not usable`,
      expected: usable,
      found: describeValue(match),
    });
  const expressions = (patterns as string[]).map(
    (each) =>
      new RegExp(
        `^${each
          .split("*")
          .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
          .join(".*")}$`,
        "s",
      ),
  );
  return ({ name }) => expressions.some((each) => each.test(name));
}

/** The groups that a caller named; `ruleOf` makes the rule of one from the options that it has for itself. */
export function groupsOf<O extends object>(
  optimizer: string,
  groups: Readonly<Record<string, GroupOf<O>>> | undefined,
  ruleOf: (name: string, own: object) => BoundOptimizer,
): Group[] {
  if (groups === undefined) return [];
  if (typeof groups !== "object" || groups === null || Array.isArray(groups)) {
    fail({
      code: "invalid-hyper",
      message: `${optimizer}: groups is not an object`,
      expected: 'groups by name, such as { biases: { match: "*.bias", weightDecay: 0 } }',
      found: describeValue(groups),
    });
  }
  return Object.entries(groups).map(([name, given]) => {
    if (!isIdentifier(name) || name === "__proto__") {
      fail({
        code: "invalid-name",
        message: `${optimizer}: a group cannot be called ${quoted(name)}`,
        expected: "a JavaScript identifier",
        found: quoted(name),
      });
    }
    const where = `${optimizer}: group '${name}'`;
    if (typeof given !== "object" || given === null || Array.isArray(given))
      fail({
        code: "invalid-hyper",
        message: `${where} is not an object`,
        expected: usable,
        found: describeValue(given),
      });
    const { match, optimizer: other, ...own } = given;
    const isNamed = typeof match !== "function";
    if (other === undefined) return { name, match: matchOf(where, match), isNamed, rule: ruleOf(name, own) };
    if (typeof other !== "object" || other === null || typeof other.ruleFor !== "function") {
      fail({
        code: "invalid-optimizer",
        message: `${where}: optimizer is not an optimizer`,
        expected: "an optimizer with its options, such as adamw({ lr: 1e-3 })",
        found: describeValue(other),
      });
    }
    if (other.driver) {
      fail({
        code: "invalid-optimizer",
        message: `${where}: ${other.name} cannot update a group`,
        expected: "an optimizer that updates each parameter by itself, such as adamw({ lr: 1e-3 })",
        found: `${other.name}, whose steps follow from several evaluations of the loss`,
        hint: "train the parameters of the group in a function of their own: minimize(loss, optimizer, { params })",
      });
    }
    const [more] = Object.keys(own);
    if (more !== undefined || other.groups.length > 1) {
      fail({
        code: "invalid-hyper",
        message: `${where}: ${more === undefined ? "its optimizer has groups" : `'${more}' stands beside optimizer`}`,
        expected: "options within the group's optimizer, and no groups in it",
        found: more ?? "groups",
      });
    }
    return { name, match: matchOf(where, match), isNamed, rule: other.ruleFor(name) };
  });
}

/** The group of a parameter; a parameter in two groups is an error. */
export function groupOf({ name: optimizer, groups }: Optimizer, name: string, shape: readonly Size[]): Group {
  const sizes = shape.map(({ key }) => (/^\d+$/.test(key) ? Number(key) : key));
  const [first, second] = groups.filter(({ match }) => match?.({ name, shape: sizes }));
  if (first && second) {
    fail({
      code: "invalid-hyper",
      message: `${optimizer}: parameter '${name}' is in two groups`,
      expected: "groups without a common parameter",
      found: `it matches ${first.name} and ${second.name}`,
    });
  }
  const group = first ?? (groups[groups.length - 1] as Group);
  const fault = group.rule.accepts(shape);
  if (fault !== null) {
    fail({
      code: "invalid-hyper",
      message: `${group.rule.name}: parameter '${name}': ${fault}`,
      expected: "parameters that the optimizer can update",
      found: printShape(shape),
      hint: `give it another optimizer: groups: { others: { match: ${JSON.stringify(name)}, optimizer: adamw() } }`,
    });
  }
  return group;
}
