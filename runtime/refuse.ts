/** Refusals: each names the call, what was expected and what was found. */

let where = "";

/** Names the call whose checks begin. Checks do not await, so one name is enough. */
export const enter = (call: string): void => {
  where = call;
};

export function refuse(message: string): never {
  throw new TypeError(`${where}: ${message}`);
}

/** What `value` is: "Float32Array", "Array", "String" ... True across realms, where instanceof is not. */
export const kindOf = (value: unknown): string => ({}).toString.call(value).slice(8, -1);

/** What `given` has of its own under `name`; what Object.prototype has there is nobody's. */
export const own = (given: object, name: string): unknown =>
  Object.hasOwn(given, name) ? given[name as keyof typeof given] : undefined;

/** The same, where it must be there. */
export const need = (given: object, name: string, label: string): unknown =>
  own(given, name) ?? refuse(`${label} is missing`);

/** Refuses names in `given` that `known` lacks. */
export function refuseUnknown(what: string, given: object, known: object): void {
  for (const name in given)
    if (Object.hasOwn(given, name) && !Object.hasOwn(known, name))
      refuse(`unknown ${what} '${name}': expected ${Object.keys(known).join(", ") || "none"}`);
}
