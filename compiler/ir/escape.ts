/** Escapes for names: they come from the user, and emitted text is read by people and may be put into web pages. */

/**
 * Characters and words that would change how the text around them is read: the direction of lines, their end, and the
 * end of a script.
 */
const treacherous = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|<(?=\/script|!--)/gi;

/**
 * A text of JavaScript, TypeScript or JSON, or a report, with these escaped. Code has them only in literals, where an
 * escape means the same.
 */
export const escaped = (text: string): string =>
  text.replace(treacherous, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
