// OpenAI's own client for Node does not notice that it talks to somebody else.
const { assert, env, packages, parameters, isOrder, metric, untilNothingIsDrawn, conversation, run } = require('./cases.cjs');
const OpenAI = packages('openai').default;
const { zodResponseFormat, zodFunction } = packages('openai/helpers/zod');
const { z } = packages('zod');

const client = new OpenAI({ apiKey: env.KEY, baseURL: env.BASE_URL, maxRetries: 0 });
const chats = client.chat.completions;
const messages = [{ role: 'user', content: 'A latte.' }];
const order = { type: 'function', function: { name: 'order', description: 'Orders a drink.', parameters, strict: true } };
const bill = { type: 'function', function: { name: 'bill' } };
const named = { type: 'function', function: { name: 'order' } };
const short = { model: 'demo', messages, temperature: 0, max_tokens: 8 };
const endless = { model: 'demo', messages, temperature: 0, max_tokens: 40000, logit_bias: { 0: -100 } };

run({
  async 'It chats'() {
    const completion = await chats.create(short);
    assert.match(completion.id, /^chatcmpl-/);
    assert.equal(completion.object, 'chat.completion');
    assert.equal(completion.choices[0].message.role, 'assistant');
    assert.ok(completion.choices[0].message.content.length > 0);
    assert.equal(completion.usage.total_tokens, completion.usage.prompt_tokens + completion.usage.completion_tokens);
    assert.match(completion._request_id, /^req_/);
  },

  async 'It streams what it would have answered at once'() {
    const whole = await chats.create(short);
    let text = '', finish = null, usage = null;
    for await (const chunk of await chats.create({ ...short, stream: true, stream_options: { include_usage: true } })) {
      text += chunk.choices[0]?.delta.content ?? '';
      finish = chunk.choices[0]?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }

    assert.equal(text, whole.choices[0].message.content);
    assert.equal(finish, whole.choices[0].finish_reason);
    assert.deepEqual([usage.completion_tokens, usage.total_tokens], [whole.usage.completion_tokens, whole.usage.total_tokens]);
    assert.equal(await chats.stream(short).finalContent(), whole.choices[0].message.content);
  },

  async 'It leaves in the middle of a stream, and nothing more is drawn'() {
    const leave = new AbortController();
    const before = await metric('rlhf_serving_tokens_total');
    const stream = await chats.create({ ...endless, stream: true }, { signal: leave.signal });
    let pieces = 0;
    for await (const _ of stream) {
      if (++pieces === 4) {
        assert.equal(await metric('rlhf_serving_replies_running'), 1);
        leave.abort();
      }
    }

    await untilNothingIsDrawn();
    assert.ok(await metric('rlhf_serving_tokens_total') - before < 40000);
  },

  async 'It calls the function that it is made to call'() {
    const { choices: [choice] } = await chats.create({ model: 'demo', messages, tools: [order, bill], tool_choice: named, parallel_tool_calls: false, max_tokens: 200 });
    assert.equal(choice.finish_reason, 'tool_calls');
    assert.equal(choice.message.content, null);
    const [call, ...others] = choice.message.tool_calls;
    assert.deepEqual(others, []);
    assert.match(call.id, /^call_/);
    assert.deepEqual([call.type, call.function.name], ['function', 'order']);
    isOrder(JSON.parse(call.function.arguments));
  },

  async 'It streams a call, name first'() {
    const stream = chats.stream({ model: 'demo', messages, tools: [order], tool_choice: 'required', parallel_tool_calls: false, seed: 3, max_tokens: 200 });
    const deltas = [];
    stream.on('tool_calls.function.arguments.delta', delta => deltas.push(delta));
    const message = await stream.finalMessage();
    const [call] = message.tool_calls;
    isOrder(JSON.parse(call.function.arguments));
    assert.ok(deltas.length > 0 && deltas.every(delta => delta.name === 'order'));
    assert.equal(deltas.map(delta => delta.arguments_delta).join(''), call.function.arguments);
    assert.equal(message.content ?? null, null);
  },

  async 'It says what the function said, and hears an answer'() {
    const conversation_id = `round-trip-${Date.now()}`;
    const asked = { model: 'demo', metadata: { conversation_id }, tools: [order, bill], max_tokens: 300 };
    const { choices: [{ message }] } = await chats.create({ ...asked, messages, tool_choice: 'required' });
    const results = message.tool_calls.map(call => ({ role: 'tool', tool_call_id: call.id, content: 'done' }));
    const answer = await chats.create({ ...asked, messages: [...messages, message, ...results], tool_choice: 'none', max_tokens: 8 });
    assert.ok(answer.choices[0].message.content.length > 0);
    const { turns } = await conversation(conversation_id);
    assert.deepEqual(turns[0].tool_calls, message.tool_calls);
    assert.deepEqual(turns[1].messages[1].tool_calls, message.tool_calls);
  },

  async 'It runs the function by itself'() {
    const ordered = [];
    const runner = chats.runTools({
      model: 'demo', messages, max_tokens: 200, tool_choice: named, parallel_tool_calls: false,
      tools: [{ type: 'function', function: { name: 'order', parameters, parse: JSON.parse, function: given => { ordered.push(given); return 'done'; } } }],
    });
    await runner.done();
    assert.equal(ordered.length, 1);
    isOrder(ordered[0]);
  },

  async 'It may choose not to call'() {
    const { choices: [choice] } = await chats.create({ ...short, tools: [order] });
    assert.ok(['stop', 'length'].includes(choice.finish_reason));
    assert.equal(choice.message.tool_calls, undefined);
    assert.ok(choice.message.content.length > 0);
  },

  async 'It parses what a schema asks for'() {
    const Order = z.object({ drink: z.enum(['latte', 'tea']), cups: z.number().int().min(1).max(9) });
    const { choices: [choice] } = await chats.parse({ model: 'demo', messages, max_tokens: 100, response_format: zodResponseFormat(Order, 'order') });
    isOrder(choice.message.parsed);
    const called = await chats.parse({ model: 'demo', messages, max_tokens: 200, tool_choice: 'required', tools: [zodFunction({ name: 'order', parameters: Order })] });
    isOrder(called.choices[0].message.tool_calls[0].function.parsed_arguments);
  },

  async 'It gets log-probabilities'() {
    const { choices: [{ logprobs }] } = await chats.create({ ...short, logprobs: true, top_logprobs: 3 });
    assert.ok(logprobs.content.length > 0);
    for (const token of logprobs.content) {
      assert.ok(token.logprob <= 0);
      assert.equal(token.top_logprobs.length, 3);
      assert.equal(Buffer.from(token.bytes).toString(), token.token);
    }
  },

  async 'It lists models and shows one'() {
    const ids = [];
    for await (const model of client.models.list()) {
      ids.push(model.id);
    }

    assert.deepEqual(ids, ['demo', 'demo:base']);
    assert.equal((await client.models.retrieve('demo:base')).object, 'model');
  },

  async 'It reads each kind of error'() {
    const bad = new OpenAI({ apiKey: 'wrong', baseURL: env.BASE_URL, maxRetries: 0 });
    const slow = new OpenAI({ apiKey: env.SLOW_KEY, baseURL: env.BASE_URL, maxRetries: 0 });
    const { id } = await chats.create(short);
    const thumb = (thumbs, key) => client.post('/feedback', { body: { completion_id: id, thumbs, rater: 'ann' }, headers: { 'Idempotency-Key': key } });
    const key = `press-${Date.now()}`;
    await thumb('up', key);
    await slow.models.list();
    const wrong = [
      [() => chats.create({ ...short, temperature: 7 }), OpenAI.BadRequestError, 400, 'temperature', 'invalid_value'],
      [() => chats.create({ ...short, functions: [{ name: 'order' }] }), OpenAI.BadRequestError, 400, 'functions', 'unsupported_parameter'],
      [() => chats.create({ ...short, tools: [{ type: 'function', function: { name: 'a', parameters: { type: 'object', not: {} } } }] }), OpenAI.BadRequestError, 400, 'tools[0].function.parameters.not', 'invalid_value'],
      [() => bad.models.list(), OpenAI.AuthenticationError, 401, null, 'invalid_api_key'],
      [() => client.post('/learner/train'), OpenAI.PermissionDeniedError, 403],
      [() => chats.create({ ...short, model: 'gpt-4' }), OpenAI.NotFoundError, 404, 'model', 'model_not_found'],
      [() => thumb('down', key), OpenAI.UnprocessableEntityError, 422],
      [() => slow.models.list(), OpenAI.RateLimitError, 429],
    ];
    for (const [ask, type, status, param, code] of wrong) {
      await assert.rejects(ask, error => {
        assert.ok(error instanceof type, `${type.name} was expected, not ${error}`);
        assert.equal(error.status, status);
        assert.ok(param === undefined || error.param === param, `param: ${error.param}`);
        assert.ok(code === undefined || error.code === code, `code: ${error.code}`);
        return true;
      });
    }
  },

  async 'It asks again after it waited too long, and there is one turn'() {
    const conversation_id = `impatient-${Date.now()}`;
    const asked = { ...endless, metadata: { conversation_id } };
    await assert.rejects(() => chats.create(asked, { timeout: 30, maxRetries: 2 }), OpenAI.APIConnectionTimeoutError);
    await untilNothingIsDrawn();
    await chats.create({ ...asked, max_tokens: 4 });
    assert.equal((await conversation(conversation_id)).turns.length, 1);
  },
});
