/** What a page is made of, if it is well-formed. */

/** The elements of a page with their attributes, in order; a fault of its form is an error. */
export function elementsOf(
  page: string,
): { readonly name: string; readonly attributes: ReadonlyMap<string, string> }[] {
  const markup = page.replace(/^<!DOCTYPE html>\n/, "").replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, "");
  const open: string[] = [];
  const elements: ReturnType<typeof elementsOf> = [];
  const rest = markup.replace(
    /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g,
    (_, close, name, attributes, empty) => {
      if (close) {
        const last = open.pop();
        if (last !== name) throw new Error(`</${name}> stands where </${last}> should`);
        return "";
      }
      const pairs = [...(attributes as string).matchAll(/([\w:-]+)="([^"]*)"/g)];
      elements.push({ name, attributes: new Map(pairs.map(([, key, value]) => [key as string, value as string])) });
      if (new Set(pairs.map(([, key]) => key)).size < pairs.length)
        throw new Error(`an attribute of <${name}> stands twice`);
      if (!empty) open.push(name);
      return "";
    },
  );
  if (open.length > 0) throw new Error(`<${open.join("><")}> stay open`);
  const fault = /<|&(?!(?:amp|lt|gt|quot|#\d+);)/.exec(rest) ?? /&(?!(?:amp|lt|gt|quot|#\d+);)/.exec(markup);
  if (fault) throw new Error(`'${rest.slice(fault.index, fault.index + 60)}' is no markup`);
  return elements;
}
