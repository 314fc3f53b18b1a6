// check.cjs KIND: reads a list of files of that kind as JSON and answers with a list of complaints.
const { readFileSync } = require("fs");
const prometheus = require("./prometheus.cjs");
const checks = {
  alerts: prometheus.alerts,
  bicep: require("./bicep.cjs"),
  compose: require("./compose.cjs"),
  dashboard: require("./dashboard.cjs"),
  kubernetes: require("./kubernetes.cjs"),
  prometheus: prometheus.configuration,
  promql: prometheus.expression,
};

const check = checks[process.argv[2]];
Promise.all(JSON.parse(readFileSync(0, "utf8")).map(file => check(file))).then(complaints => console.log(JSON.stringify(complaints.flat())));
