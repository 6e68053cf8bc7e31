/** Names that stand in JavaScript and TypeScript without quotes. */

const identifier = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u;

/** Whether a name is an identifier, in the letters of any script: `net.predict`, `net.予測`. */
export const isIdentifier = (name: string): boolean => identifier.test(name);

/** A property's name as JavaScript writes it: quoted unless it is an identifier. */
export const propertyName = (name: string): string => (isIdentifier(name) ? name : JSON.stringify(name));
