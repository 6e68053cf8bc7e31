/** Names are the user's, and what is emitted is read by people, and by pages that it may be put into. */

/** What changes how a text is read from where it stands: the direction of lines, their end, and the end of a script. */
const treacherous = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|<(?=\/script|!--)/gi;

/**
 * A text of JavaScript, TypeScript or JSON, or a report, without such characters: in literals, the only place where code
 * has them, an escape means the same.
 */
export const escaped = (text: string): string =>
  text.replace(treacherous, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
