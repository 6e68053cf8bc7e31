/** Gestures as 24 numbers: twelve points at equal distances, around their middle, in a square of side 2. */

/** @param {readonly (readonly [number, number])[]} path at least two points */
export function gestureOf(path) {
  const lengths = path.map(([x, y], at) => (at === 0 ? 0 : Math.hypot(x - path[at - 1][0], y - path[at - 1][1])));
  const total = lengths.reduce((sum, each) => sum + each, 0) || 1;
  const points = Array.from({ length: 12 }, (_, number) => pointAt(path, lengths, (total * number) / 11));
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const middle = ([least, most]) => (least + most) / 2;
  const ends = [xs, ys].map((all) => [Math.min(...all), Math.max(...all)]);
  const scale = 2 / (Math.max(...ends.map(([least, most]) => most - least)) || 1);
  return points.flatMap(([x, y]) => [(x - middle(ends[0])) * scale, (y - middle(ends[1])) * scale]);
}

function pointAt(path, lengths, distance) {
  let left = distance;
  for (let at = 1; at < path.length; at++) {
    if (left <= lengths[at]) {
      const share = lengths[at] === 0 ? 0 : left / lengths[at];
      return path[at].map((each, axis) => path[at - 1][axis] + share * (each - path[at - 1][axis]));
    }
    left -= lengths[at];
  }
  return path.at(-1);
}

/** What the five classes look like, for whoever has no time to draw: eighteen of each, none like another. */
export function examples() {
  const shapes = [
    (t) => [Math.cos(2 * Math.PI * t), Math.sin(2 * Math.PI * t)],
    (t) => [2 * t - 1, 0],
    (t) => [0, 2 * t - 1],
    (t) => [2 * t - 1, Math.abs(2 * t - 1)],
    (t) => [2 * t - 1, Math.sin(4 * Math.PI * t) / 2],
  ];
  let seed = 1;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647 - 0.5;
  return shapes.flatMap((shape, label) =>
    Array.from({ length: 18 }, () => {
      const path = Array.from({ length: 30 }, (_, at) => shape(at / 29).map((each) => each + 0.15 * random()));
      return { points: gestureOf(path), label };
    }),
  );
}
