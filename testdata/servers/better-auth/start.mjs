// better-auth with its SCIM plugin on an SQLite database in memory, as its documentation says.
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { scim } from "@better-auth/scim";
import Database from "better-sqlite3";

const token = process.env.TOKEN ?? "secret";
const server = createServer();
await new Promise((ready) => server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", ready));
const baseURL = `http://127.0.0.1:${server.address().port}`;

const options = {
  baseURL,
  secret: "only for tests, never for people: 0123456789abcdef",
  database: new Database(":memory:"),
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  plugins: [scim({ connections: [{ id: "tests", credentials: [{ type: "bearer", id: "tests", token }] }] })],
};
await (await getMigrations(options)).runMigrations();
server.on("request", toNodeHandler(betterAuth(options)));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
console.log(`listening ${baseURL}/api/auth/scim/v2`);
