// A SCIM service provider made of the libraries scimmy and scimmy-routers, wired as their READMEs say: an
// authentication handler and in-memory ingress (create, replace, patch), egress (read) and degress (delete) handlers
// for User and Group. What the protocol answers is theirs; what is stored, and that a userName is unique whatever the
// case of its letters, is ours. express, SCIMMY and SCIMMYRouters are handed in, so that two versions of express can share it.
import { randomUUID } from "node:crypto";

export function serve({ express, SCIMMY, SCIMMYRouters }) {
  const token = process.env.TOKEN ?? "secret";
  declare(SCIMMY, SCIMMY.Resources.User, "userName");
  SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);
  declare(SCIMMY, SCIMMY.Resources.Group, null);

  const app = express();
  app.disable("x-powered-by");
  app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
      const [scheme, credential] = (request.header("Authorization") ?? "").split(" ");
      if (scheme.toLowerCase() !== "bearer" || credential !== token) throw new Error("Authorization not valid");
      return "tester";
    },
  }));
  const server = app.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
    console.log(`listening http://127.0.0.1:${server.address().port}/scim/v2`);
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
}

function declare(SCIMMY, type, unique) {
  const store = new Map();
  const missing = (id) => new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
  SCIMMY.Resources.declare(type, {
    ingress: (resource, data) => {
      const before = resource.id ? store.get(resource.id) : undefined;
      if (resource.id && !before) throw missing(resource.id);
      const { schemas, ...value } = JSON.parse(JSON.stringify(data)); // the library says schemas itself
      for (const other of store.values()) {
        if (unique && other.id !== resource.id && other[unique].toLowerCase() === value[unique].toLowerCase()) {
          throw new SCIMMY.Types.Error(409, "uniqueness", `${unique} ${value[unique]} is taken`);
        }
      }
      const now = new Date().toISOString();
      const stored = { ...value, id: resource.id ?? randomUUID(), meta: { created: before?.meta.created ?? now, lastModified: now } };
      store.set(stored.id, stored);
      return structuredClone(stored);
    },
    egress: (resource) => {
      if (!resource.id) {
        const all = [...store.values()].map((one) => structuredClone(one));
        return resource.filter ? resource.filter.match(all) : all; // the library parses and matches; calling it is ours
      }
      if (!store.has(resource.id)) throw missing(resource.id);
      return structuredClone(store.get(resource.id));
    },
    degress: (resource) => {
      if (!store.delete(resource.id)) throw missing(resource.id);
    },
  });
}
