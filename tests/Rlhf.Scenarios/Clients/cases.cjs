// Runs the cases of a client's suite one after the other and prints a line of JSON for each: its name, and what went wrong.
const assert = require('node:assert/strict');
const path = require('node:path');
const { createRequire } = require('node:module');

const env = process.env;

/** The packages, which lie where ./rlhf test puts them. */
const packages = createRequire(path.join(env.OPENAI_CLIENTS, 'package.json'));

const parameters = {
  type: 'object',
  properties: { drink: { enum: ['latte', 'tea'] }, cups: { type: 'integer', minimum: 1, maximum: 9 } },
  required: ['drink', 'cups'],
  additionalProperties: false,
};

/** Asserts that arguments are an order, as the schema has it. */
function isOrder(order) {
  assert.deepEqual(Object.keys(order).sort(), ['cups', 'drink']);
  assert.ok(['latte', 'tea'].includes(order.drink) && Number.isInteger(order.cups) && order.cups >= 1 && order.cups <= 9, JSON.stringify(order));
}

/** The value of one of the server's metrics. */
async function metric(name) {
  const response = await fetch(new URL('../metrics', env.BASE_URL), { headers: { authorization: `Bearer ${env.KEY}` } });
  const line = (await response.text()).split('\n').find(line => line.startsWith(name));
  return Number(line.split(' ').at(-1));
}

/** Waits until the server draws nothing any more. */
async function untilNothingIsDrawn() {
  const patience = Date.now() + 30_000;
  while (await metric('rlhf_serving_replies_running') > 0) {
    assert.ok(Date.now() < patience, 'The server still draws.');
  }
}

/** A conversation as the server keeps it; null where it keeps nothing. */
async function conversation(id) {
  const response = await fetch(new URL(`conversations/${id}`, env.BASE_URL), { headers: { authorization: `Bearer ${env.KEY}` } });
  return response.status === 404 ? null : response.json();
}

async function run(cases) {
  for (const [name, body] of Object.entries(cases)) {
    let error = null;
    try {
      await body();
    } catch (wrong) {
      error = wrong?.stack ?? String(wrong);
    }

    console.log(JSON.stringify({ name, error }));
  }
}

module.exports = { assert, env, packages, parameters, isOrder, metric, untilNothingIsDrawn, conversation, run };
