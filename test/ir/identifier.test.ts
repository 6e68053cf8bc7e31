/** What stands without quotes in JavaScript: held to the engine's own parser. */
import { expect, it } from "vitest";
import { isIdentifier, propertyName } from "../../compiler/ir/identifier.js";

/** Whether the engine takes it as a property's name without quotes. */
function parses(name: string): boolean {
  try {
    return Object.keys((new Function(`return { ${name}: 1 }`) as () => object)())[0] === name;
  } catch {
    return false;
  }
}

it.each(["predict", "$", "_x1", "予測", "prédire", "Größe", "ℵ", "𝒳", "अनुमान", "x̂", "تنبؤ"])("%s is one", (name) => {
  expect(parses(name)).toBe(true);
  expect(isIdentifier(name)).toBe(true);
  expect(propertyName(name)).toBe(name);
});

it.each(["", "1x", "a b", "a-b", "a.b", "😀", "x\u202e", "\ufeff", "\ud800", "a\u2028", "́x"])("%j is none", (name) => {
  expect(parses(name)).toBe(false);
  expect(isIdentifier(name)).toBe(false);
  expect(propertyName(name)).toBe(JSON.stringify(name));
});
