/** A server for the files of a folder, which takes the reports of its pages. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

/** What a page's work came to, or how it failed. */
export interface Report {
  readonly value?: unknown;
  readonly error?: string;
}

export interface Server {
  readonly origin: string;
  /** The paths that were asked for. */
  readonly requests: readonly string[];
  /** What the page with this `id` in its address reports. */
  report(id: string): Promise<Report>;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

/** Its longest wait for a report. */
const patience = 300_000;

/** `policy` in a page's address is the content security policy that it comes with. */
export async function serve(folder: string): Promise<Server> {
  const requests: string[] = [];
  const waiting = new Map<string, (report: Report) => void>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url as string, "http://localhost");
    if (pathname === "/report") {
      void bodyOf(request).then((body) => {
        waiting.get(searchParams.get("id") as string)?.(JSON.parse(body) as Report);
        response.end();
      });
      return;
    }
    requests.push(pathname);
    try {
      const content = readFileSync(join(folder, decodeURIComponent(pathname)));
      const policy = searchParams.get("policy");
      response.writeHead(200, {
        "content-type": types[extname(pathname)] ?? "application/octet-stream",
        "cache-control": "no-store",
        ...(policy && { "content-security-policy": policy }),
      });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    report: (id) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve({ error: `no report in ${patience} ms` }), patience);
        waiting.set(id, (report) => {
          clearTimeout(timer);
          resolve(report);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
