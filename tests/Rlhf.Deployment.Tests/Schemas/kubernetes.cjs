// Objects of Kubernetes, by models generated from its API.
const load = require("./packages.cjs");

module.exports = made => {
  try {
    new (load(`kubernetes-models/${made.apiVersion}`)[made.kind])(made).validate();
    return [];
  } catch (error) {
    return [`${made.apiVersion} ${made.kind} ${made.metadata?.name}: ${error.message}`];
  }
};
