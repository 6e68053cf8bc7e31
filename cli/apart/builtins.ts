/**
 * The built-in objects as a file found them. The compiler works with them after the file has run: a method that it
 * replaced, or a property that it put on every object, would change what is compiled.
 */
const hosts = (): object[] => {
  const found = new Set<object>();
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    // Capital letters begin the names of the language's own; Node's are made when they are first looked at.
    if (!/^[A-Z]/.test(name)) continue;
    const value = Object.getOwnPropertyDescriptor(globalThis, name)?.value as unknown;
    if (typeof value !== "function" && (typeof value !== "object" || value === null)) continue;
    found.add(value);
    const prototype = typeof value === "function" ? (value.prototype as unknown) : undefined;
    if (typeof prototype !== "object" || prototype === null) continue;
    found.add(prototype);
    // Typed arrays share theirs, which has no name.
    const above = Object.getPrototypeOf(prototype) as object | null;
    if (above) found.add(above);
  }
  return [...found];
};

/**
 * Notes what is there; the result puts it back, without the help of anything that may have been replaced. It gives
 * whether everything was as it is to be, and nothing had been added.
 */
export function keepBuiltins(): () => boolean {
  const { defineProperty, getOwnPropertyDescriptor, prototype: everything, is } = Object;
  const { deleteProperty, ownKeys } = Reflect;
  const all = hosts().map((host) => ({ host, size: ownKeys(host).length }));
  const kept = all.flatMap(({ host }) =>
    ownKeys(host).map((key) => {
      const before = Object.setPrototypeOf(getOwnPropertyDescriptor(host, key), null) as PropertyDescriptor;
      return { host, key, before };
    }),
  );
  const known = Object.assign(Object.create(null), Object.getOwnPropertyDescriptors(everything)) as object;
  return () => {
    let isWhole = true;
    for (let i = 0; i < all.length; i++) isWhole &&= ownKeys(all[i]!.host).length === all[i]!.size;
    // What else was added harms nobody, and what the file still calls may need it.
    const now = ownKeys(everything);
    for (let i = 0; i < now.length; i++) if (!((now[i] as PropertyKey) in known)) deleteProperty(everything, now[i]!);
    for (let i = 0; i < kept.length; i++) {
      const { host, key, before } = kept[i]!;
      const found = getOwnPropertyDescriptor(host, key);
      const isSame = found && is(found.value, before.value) && is(found.get, before.get) && is(found.set, before.set);
      if (isSame) continue;
      isWhole = false;
      if (found?.configurable !== false) defineProperty(host, key, before);
    }
    return isWhole;
  };
}
