/** The order in which the user made things whose order matters: random operations and assigns. */
let made = 0;

/** A number above every one given before. */
export function nextOrder(): number {
  return ++made;
}
