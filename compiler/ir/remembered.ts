/**
 * Expressions, scalars and nodes are graphs. A function that walks them as trees takes a time that doubles with every
 * value that is used twice; these wrappers prevent it.
 */

/** The function with its answers remembered: each thing is computed once. */
export function remembered<Asked, Answer>(f: (asked: Asked) => Answer): (asked: Asked) => Answer {
  const answers = new Map<Asked, Answer>();
  return (asked) => {
    const known = answers.get(asked);
    if (known !== undefined || answers.has(asked)) return known as Answer;
    const answer = f(asked);
    answers.set(asked, answer);
    return answer;
  };
}

/** The same for functions that outlive a build: it holds things weakly, so that they can be collected. */
export function rememberedWhileHeld<Asked extends object, Answer extends object>(
  f: (asked: Asked) => Answer,
): (asked: Asked) => Answer {
  const answers = new WeakMap<Asked, Answer>();
  return (asked) => {
    const answer = answers.get(asked) ?? f(asked);
    answers.set(asked, answer);
    return answer;
  };
}
