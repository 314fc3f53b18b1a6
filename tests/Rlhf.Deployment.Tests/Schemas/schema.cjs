// What a JSON schema says of a file that is named in the complaints.
const load = require("./packages.cjs");

module.exports = (name, schema, file) => {
  const check = new (load("ajv"))({ strict: false, allErrors: true, logger: false }).compile(schema);
  check(file);
  return (check.errors ?? []).map(error => `${name}: ${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
};
