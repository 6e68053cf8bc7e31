/**
 * Where in the user's source an expression was made.
 *
 * Places come from V8's call sites, not from parsing: only they are right for helpers, loops and spread calls. The
 * model file runs as a bundle, so the code that runs it installs a function that maps bundle positions to the source.
 */

/** A position in the user's source. */
export interface Place {
  /** Absolute path. Headers and manifests, which are written to disk, must make it relative first. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors and TypeScript count. */
  readonly column: number;
}

/** A stack frame as V8 reports it, before any mapping. Lines and columns count from 1. */
export interface Frame {
  readonly script: string;
  readonly line: number;
  readonly column: number;
}

/** Gives the place for a frame, or undefined for a frame that is not the user's. */
export type MapFrame = (frame: Frame) => Place | undefined;

const maps = new Set<MapFrame>();
let given: Place | undefined;

/**
 * The place in the user's source that called into optimc: the innermost frame outside the package that a map knows,
 * and outside of installed packages if there is one. Undefined when no map is installed (the DSL is used without a
 * model file) or no such frame is on the stack.
 */
export function here(): Place | undefined {
  if (given !== undefined) return given;
  if (maps.size === 0) return undefined;
  // Nearly always a few frames are enough; capturing many costs time.
  const sites = callSites(8);
  const near = placeOf(framesOf(sites));
  return (near && !isInstalled(near)) || sites.length < 8 ? near : placeOf(framesOf(callSites(200)));
}

/**
 * Every place of the user's on the stack, the innermost first: the running call, and the calls that led to it. If there
 * is none, the line on behalf of which the compiler works.
 */
export function trail(): Place[] {
  const places = maps.size === 0 ? [] : placesOf(framesOf(callSites(200, trail)));
  return places.length === 0 && given !== undefined ? [given] : places;
}

/** On whose behalf nodes are made: words for nodes that have no name of their own. */
export interface Origin {
  /** The layer that is applied or differentiated: `norm`, `norm.gradient`. */
  readonly layer?: string | undefined;
  /** The operation that is expanded or differentiated: `variance`, `gelu.gradient`. */
  readonly operation?: string | undefined;
  /** The mathematical term for the number: `mean`, `variance`. */
  readonly word?: string | undefined;
}

let origin: Origin | undefined;

/** While `run` executes, nodes are made on behalf of this origin. */
export function withOrigin<T>(of: Origin | undefined, run: () => T): T {
  const before = origin;
  origin = of;
  try {
    return run();
  } finally {
    origin = before;
  }
}

export const currentOrigin = (): Origin | undefined => origin;

/** While `run` executes, nodes without a name get this word. */
export const called = <T>(word: string, run: () => T): T => withOrigin({ ...origin, word }, run);

/** While `run` executes, `currentLayer()` is this layer, so that errors can name it. */
export const inLayer = <T>(name: string, run: () => T): T => withOrigin({ layer: name }, run);

/** The name of the innermost layer that is being applied. */
export const currentLayer = (): string | undefined => origin?.layer;

const gradientOf = (word: string | undefined): string | undefined =>
  word === undefined || word.endsWith(".gradient") ? word : `${word}.gradient`;

/** The origin of the nodes of a gradient. */
export const gradientOrigin = ({ layer, operation }: Origin): Origin => ({
  layer: gradientOf(layer),
  operation: gradientOf(operation),
});

/** While `run` executes, `here()` gives `place`: for nodes that the compiler makes on behalf of a user's line. */
export function withPlace<T>(place: Place | undefined, run: () => T): T {
  const before = given;
  given = place;
  try {
    return run();
  } finally {
    given = before;
  }
}

/** Installs a map from frames to places; the result removes it. */
export function capturePlaces(map: MapFrame): () => void {
  maps.add(map);
  return () => {
    maps.delete(map);
  };
}

/**
 * The place of the first of these frames that is outside the package and known to a map; the user's own comes before
 * installed packages.
 */
export function placeOf(frames: readonly Frame[]): Place | undefined {
  const places = placesOf(frames);
  return places.find((place) => !isInstalled(place)) ?? places[0];
}

/** The places of those frames that are outside the package and known to a map. */
export function placesOf(frames: readonly Frame[]): Place[] {
  return frames.flatMap((frame) => {
    if (isOwn(frame.script)) return [];
    for (const map of maps) {
      const place = map(frame);
      if (place !== undefined) return [place];
    }
    return [];
  });
}

/** Whether the place is in an installed package, and not in the user's own source. */
export const isInstalled = ({ file }: Place): boolean => /[\\/]node_modules[\\/]/.test(file);

function callSites(depth: number, above: () => unknown = here): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = depth;
    Error.prepareStackTrace = (_, sites) => sites;
    Error.captureStackTrace(holder, above);
    return holder.stack as readonly NodeJS.CallSite[];
  } finally {
    // Assigning undefined would leave a property behind where there was none; V8 treats both alike.
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function framesOf(sites: readonly NodeJS.CallSite[]): Frame[] {
  const frames: Frame[] = [];
  for (const site of sites) {
    const script = site.getScriptNameOrSourceURL() as string | null | undefined;
    const line = site.getLineNumber();
    const column = site.getColumnNumber();
    if (script && line !== null && column !== null) frames.push({ script, line, column });
  }
  return frames;
}

/** The folders of the package's code: in the package as sources, in its dist as built files. */
export const ownFolders = ["src", "library", "cli", "compiler", "runtime", "files", "train"] as const;

const ownPrefixes = ownFolders.flatMap((folder) => {
  const { href, pathname } = new URL(`../../${folder}/`, import.meta.url);
  // Test runners report paths where Node reports URLs.
  return [href, decodeURIComponent(pathname)];
});

/** True for a script of the package itself. */
export function isOwn(script: string): boolean {
  return ownPrefixes.some((prefix) => script.startsWith(prefix));
}
