/** Expressions, scalars and nodes are graphs: who walks them as trees takes a time that doubles with every value used twice. */

/** The function, asked once about each thing. */
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

/** The same for what outlives a build: what nobody else holds is forgotten. */
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
