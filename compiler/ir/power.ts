/**
 * x^n for a whole n >= 0 by repeated squaring, in pairs of doubles (Dekker 1971), so that it is within an ulp for every
 * n: the corrections `1 - beta^t` of an optimizer need it for any number of steps, and the general pow is four times
 * as much code. For 2^-480 < |x| < 2^480 or so; a result below the normal range loses digits.
 */
export function wholePower(x: number, n: number): number {
  let [high, low] = [x, 0];
  let [result, rest] = [1, 0];
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) [result, rest] = product(result, rest, high, low);
    [high, low] = product(high, low, high, low);
  }
  return result + rest;
}

/** The product of two pairs: its head and its tail. Each head is split into halves that multiply exactly. */
function product(a: number, aRest: number, b: number, bRest: number): [number, number] {
  const head = a * b;
  const [aScaled, bScaled] = [a * 134217729, b * 134217729];
  const [aTop, bTop] = [aScaled - (aScaled - a), bScaled - (bScaled - b)];
  const [aLow, bLow] = [a - aTop, b - bTop];
  const error = aLow * bLow - (head - aTop * bTop - aLow * bTop - aTop * bLow);
  const tail = error + a * bRest + aRest * b;
  const sum = head + tail;
  return [sum, tail - (sum - head)];
}
