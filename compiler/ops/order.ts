/** Numbers in the order in which the user made expressions whose order matters: random operations and assigns. */
let made = 0;

/** A number above all that were given before. */
export function nextOrder(): number {
  return ++made;
}
