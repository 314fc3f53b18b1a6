// The provider of Vercel's AI SDK for servers that speak as OpenAI's does.
const { assert, env, packages, isOrder, metric, untilNothingIsDrawn, run } = require('./cases.cjs');
const { generateText, streamText, generateObject, embed, tool, stepCountIs, APICallError } = packages('ai');
const { createOpenAICompatible } = packages('@ai-sdk/openai-compatible');
const { z } = packages('zod');

const provider = createOpenAICompatible({ name: 'rlhf', baseURL: env.BASE_URL.replace(/\/$/, ''), apiKey: env.KEY, includeUsage: true, supportsStructuredOutputs: true });
const model = provider('demo');
const Order = z.object({ drink: z.enum(['latte', 'tea']), cups: z.number().int().min(1).max(9) });
const short = { model, prompt: 'A latte.', temperature: 0, maxOutputTokens: 8, maxRetries: 0 };

run({
  async 'It generates text'() {
    const { text, usage, finishReason } = await generateText({ ...short, system: 'You take orders.' });
    assert.ok(text.length > 0);
    assert.ok(['stop', 'length'].includes(finishReason));
    assert.ok(usage.inputTokens > 0 && usage.outputTokens > 0);
  },

  async 'It streams text'() {
    const { text: whole } = await generateText(short);
    const result = streamText(short);
    let text = '';
    for await (const piece of result.textStream) {
      text += piece;
    }

    assert.equal(text, whole);
    assert.ok((await result.usage).outputTokens > 0);
  },

  async 'It leaves in the middle of a stream, and nothing more is drawn'() {
    const leave = new AbortController();
    const before = await metric('rlhf_serving_tokens_total');
    const result = streamText({
      ...short, maxOutputTokens: 40000, abortSignal: leave.signal, providerOptions: { rlhf: { logit_bias: { 0: -100 } } },
    });
    let pieces = 0;
    for await (const _ of result.textStream) {
      if (++pieces === 4) {
        assert.equal(await metric('rlhf_serving_replies_running'), 1);
        leave.abort();
      }
    }

    await untilNothingIsDrawn();
    assert.ok(await metric('rlhf_serving_tokens_total') - before < 40000);
  },

  async 'It generates an object'() {
    const { object } = await generateObject({ model, prompt: 'A latte.', schema: Order, maxOutputTokens: 100, maxRetries: 0 });
    isOrder(object);
  },

  async 'It calls a tool, runs it and says what it said'() {
    const ordered = [];
    const order = tool({ description: 'Orders a drink.', inputSchema: Order, execute: async given => { ordered.push(given); return { done: true }; } });
    const { steps } = await generateText({
      model, prompt: 'A latte.', tools: { order }, toolChoice: { type: 'tool', toolName: 'order' }, stopWhen: stepCountIs(2), maxOutputTokens: 300, maxRetries: 0,
    });
    assert.equal(steps.length, 2);
    assert.equal(steps[0].finishReason, 'tool-calls');
    assert.ok(ordered.length >= 2);
    ordered.forEach(isOrder);
  },

  async 'It streams a tool call'() {
    const result = streamText({
      model, prompt: 'A latte.', tools: { order: tool({ inputSchema: Order }) }, toolChoice: 'required', maxOutputTokens: 300, maxRetries: 0,
    });
    const kinds = [];
    for await (const part of result.fullStream) {
      kinds.push(part.type);
    }

    assert.ok(kinds.indexOf('tool-input-start') < kinds.indexOf('tool-input-delta') && kinds.indexOf('tool-input-delta') < kinds.indexOf('tool-call'), kinds.join());
    isOrder((await result.toolCalls)[0].input);
  },

  async 'It hears what is wrong'() {
    const wrong = [
      [() => generateText({ ...short, temperature: 7 }), 400, /temperature/],
      [() => generateText({ ...short, model: provider('gpt-4') }), 404, /gpt-4/],
      [() => embed({ model: provider.textEmbeddingModel('demo'), value: 'A latte.', maxRetries: 0 }), 404, /./],
    ];
    for (const [ask, status, message] of wrong) {
      await assert.rejects(ask, error => {
        assert.ok(APICallError.isInstance(error), String(error));
        assert.equal(error.statusCode, status);
        assert.match(error.message, message);
        return true;
      });
    }
  },
});
