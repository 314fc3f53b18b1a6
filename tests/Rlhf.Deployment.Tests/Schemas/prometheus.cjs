// Files of Prometheus, by the schemas that editors take from schemastore.org, and expressions, by its own grammar.
const load = require("./packages.cjs");
const complaints = require("./schema.cjs");

module.exports = {
  alerts: file => complaints("alerts", load("schemastore/schemas/json/prometheus.rules.json"), file),

  configuration: file => complaints("prometheus", load("schemastore/schemas/json/prometheus.json"), file),

  expression: text => {
    const wrong = [];
    load("@prometheus-io/lezer-promql").parser.parse(text).iterate({
      enter: node => { if (node.type.isError) wrong.push(`PromQL, at ${node.from}: ${text}`); },
    });
    return wrong;
  },
};
