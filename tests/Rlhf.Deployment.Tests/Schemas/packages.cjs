// Loads what npm installed in the folder that DEPLOYMENT_SCHEMAS names.
const { createRequire } = require("module");
const { join } = require("path");
module.exports = createRequire(join(process.env.DEPLOYMENT_SCHEMAS, "package.json"));
