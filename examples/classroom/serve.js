/**
 * Serves the page at http://localhost:8080.
 *
 *   node examples/classroom/serve.js [--port N]
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { port: { type: "string", default: "8080" } } });
const root = new URL("../..", import.meta.url);
const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const path = pathname === "/" ? "/examples/classroom/index.html" : pathname;
  try {
    // The address has no .. left, and no file above the project's folder can be meant.
    const file = await readFile(new URL(`.${path}`, root));
    response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" }).end(file);
  } catch {
    response.writeHead(404).end("there is no such file");
  }
}).listen(Number(values.port), "localhost", () => console.log(`http://localhost:${values.port}`));
