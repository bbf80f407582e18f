// Directory sync of Ory Polis (@boxyhq/saml-jackson) on its memory store. The library takes a parsed request and
// returns status and data; the few lines of HTTP around it are ours and answer as its own web application does:
// application/json, and what is not JSON reaches the library as an empty body.
import { createServer } from "node:http";
import jackson from "@boxyhq/saml-jackson";

const token = process.env.TOKEN ?? "secret";
const say = console.log;
console.log = console.info = console.warn = () => {}; // the library chats there; only the address belongs on stdout
const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const { directorySyncController: sync } = await (jackson.default ?? jackson)({
  externalUrl: "http://127.0.0.1", samlPath: "/saml", scimPath: "/scim/v2", noAnalytics: true, db: { engine: "mem" }, logger: quiet,
});
const { data: directory } = await sync.directories.create({ tenant: "tests", product: "tests", name: "tests", type: "generic-scim-v2" });

async function handle(request) {
  const url = new URL(request.url, "http://127.0.0.1");
  const [, , , resourceType = "", resourceId] = url.pathname.split("/").map(decodeURIComponent);
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  let body;
  try { body = JSON.parse(text); } catch { body = {}; }
  const given = request.headers.authorization?.replace(/^Bearer /, "");
  const number = (name) => (url.searchParams.has(name) ? parseInt(url.searchParams.get(name), 10) : undefined);
  return sync.requests.handle({
    method: request.method, body, directoryId: directory.id, resourceType, resourceId,
    apiSecret: given === token ? directory.scim.secret : given, // the library makes its own secret; ours stands for it
    query: { count: number("count"), startIndex: number("startIndex"), filter: url.searchParams.get("filter") ?? undefined },
  });
}

const server = createServer(async (request, response) => {
  let answer;
  try { answer = await handle(request); } catch (e) { answer = { status: 500, data: { error: { message: e.message } } }; }
  response.writeHead(answer?.status ?? 404, { "Content-Type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(answer?.data ?? {}));
});
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => say(`listening http://127.0.0.1:${server.address().port}/scim/v2`));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
