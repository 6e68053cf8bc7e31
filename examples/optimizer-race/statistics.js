/** What several seeds say together. */

const sum = (values) => values.reduce((total, each) => total + each, 0);
export const mean = (values) => sum(values) / values.length;

/** The standard deviation of what the values are a sample of; NaN for one. */
export function deviation(values) {
  const middle = mean(values);
  return Math.sqrt(sum(values.map((each) => (each - middle) ** 2)) / (values.length - 1));
}

/** The middle one, or the upper of two. */
export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** The 97.5 % point of Student's t with 1, 2, ... degrees of freedom; beyond, an approximation good to 1 %. */
const students = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
const student = (freedom) => students[freedom - 1] ?? 1.96 + 2.5 / freedom;

/** The mean with its 95 % confidence interval, which for one value is empty. `by` is where the values are nearly normal. */
export function interval(values, { by = (x) => x, back = (x) => x } = {}) {
  const transformed = values.map(by);
  const middle = mean(transformed);
  const half = values.length > 1 ? (student(values.length - 1) * deviation(transformed)) / Math.sqrt(values.length) : 0;
  return { middle: back(middle), low: back(middle - half), high: back(middle + half) };
}
