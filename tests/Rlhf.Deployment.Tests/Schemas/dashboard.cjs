// Dashboards, by TypeScript's compiler: the text as a literal of the type Shipped.
const { readFileSync } = require("fs");
const { join } = require("path");
const load = require("./packages.cjs");

module.exports = text => {
  const ts = load("typescript");
  const types = readFileSync(join(__dirname, "dashboard.ts"), "utf8") + "const shipped: Shipped = ";
  const path = join(process.env.DEPLOYMENT_SCHEMAS, "dashboard.ts"); // only there its imports are found
  const options = {
    strict: true, noEmit: true, skipLibCheck: true, types: [], lib: ["lib.es2022.d.ts"],
    module: ts.ModuleKind.Preserve, moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, version, ...rest) =>
    name === path ? ts.createSourceFile(name, types + text, version) : getSourceFile(name, version, ...rest);
  const first = types.split("\n").length - 1;
  return ts.getPreEmitDiagnostics(ts.createProgram([path], options, host)).map(({ file, start, messageText }) => {
    const line = file ? ts.getLineAndCharacterOfPosition(file, start).line - first + 1 : 0;
    return `dashboard, line ${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
};
