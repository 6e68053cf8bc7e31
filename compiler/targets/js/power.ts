/** The whole power as a JavaScript function, with the same bits as ir/power.ts. */
import type { Helpers } from "../target.js";

const text = `let powerRest = 0;

/** The head of (a + aRest) (b + bRest); what it lacks becomes powerRest (Dekker 1971). */
function product(a, aRest, b, bRest) {
  const head = a * b;
  const aScaled = a * 134217729;
  const bScaled = b * 134217729;
  const aTop = aScaled - (aScaled - a);
  const bTop = bScaled - (bScaled - b);
  const aLow = a - aTop;
  const bLow = b - bTop;
  const tail = aLow * bLow - (head - aTop * bTop - aLow * bTop - aTop * bLow) + a * bRest + aRest * b;
  const sum = head + tail;
  powerRest = tail - (sum - head);
  return sum;
}

/** x^n for a whole n >= 0, by repeated squaring in pairs of doubles. */
function power(x, n) {
  let high = x;
  let low = 0;
  let result = 1;
  let rest = 0;
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) {
      result = product(result, rest, high, low);
      rest = powerRest;
    }
    high = product(high, low, high, low);
    low = powerRest;
  }
  return result + rest;
}
`;

export const powerHelper: Helpers = { text, names: ["powerRest", "product", "power"], scratch: [] };
