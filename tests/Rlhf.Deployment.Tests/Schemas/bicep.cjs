// Bicep, by its grammar, and by what its compiler asks beyond that: commas within a line, and names that are declared
// once, before use or after, and not in vain.
const load = require("./packages.cjs");

// What every file has without declaring it: functions and decorators, as far as they are used here.
const given = [
  "allowed", "concat", "description", "maxLength", "maxValue", "minLength", "minValue", "resourceGroup", "take", "uniqueString",
];

const declarations = ["parameter_declaration", "variable_declaration", "resource_declaration"];
const naming = [...declarations, "output_declaration", "object_property"];

async function parse(text) {
  const { Parser, Language } = load("web-tree-sitter");
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(load.resolve("tree-sitter-bicep/tree-sitter-bicep.wasm")));
  return parser.parse(text).rootNode;
}

const nodes = node => [node, ...node.children.flatMap(nodes)];

module.exports = async text => {
  const all = nodes(await parse(text));
  const wrong = (node, what) => `Bicep, ${node.startPosition.row + 1}:${node.startPosition.column + 1}: ${what}`;
  const syntax = all.flatMap(node =>
    node.isMissing ? [wrong(node, `${node.type} is missing`)]
    : node.isError ? [wrong(node, `unexpected ${node.text.split("\n")[0]}`)]
    : unseparated(node).map(next => wrong(next, "a comma or a line break is missing before this")));
  if (syntax.length) return syntax;

  const declared = all.filter(node => declarations.includes(node.type)).map(node => node.namedChild(0));
  const names = declared.map(name => name.text);
  const used = all.filter(node => node.type === "identifier" && !(naming.includes(node.parent.type) && node.parent.namedChild(0).equals(node)));
  const uses = new Set(used.map(name => name.text));
  return [
    ...declared.filter((name, at) => names.indexOf(name.text) < at).map(name => wrong(name, `${name.text} is declared twice`)),
    ...declared.filter(name => name.parent.type !== "resource_declaration" && !uses.has(name.text)).map(name => wrong(name, `${name.text} is never used`)),
    ...used.filter(name => !names.includes(name.text) && !given.includes(name.text)).map(name => wrong(name, `${name.text} is not declared`)),
  ];
};

// The grammar takes all white space for the same.
function unseparated(node) {
  if (!["infrastructure", "object", "array"].includes(node.type)) return [];
  return node.children.filter((next, at) => {
    const before = node.children[at - 1];
    return before?.isNamed && next.isNamed && next.type !== "comment" && before.endPosition.row === next.startPosition.row;
  });
}
