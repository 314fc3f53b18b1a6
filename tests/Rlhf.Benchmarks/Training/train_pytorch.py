"""Trains the benchmark's model in plain PyTorch, for comparison.

A Llama with grouped queries in modules, AdamW and autograd as one writes them; the allocator and the BLAS are tuned as for our side.
Weights are random; speed does not depend on them.

usage: train_pytorch.py SHAPE THREADS, with the shape as JSON: hidden, intermediate, layers, heads, kv_heads, head, vocabulary, context
Then one command a line on standard input, the seconds one a line on standard output:
  train ROWS COLUMNS STEPS             STEPS steps of AdamW on all weights, with ROWS x COLUMNS tokens that all count
  ppo REPLIES PROMPT REPLY EPOCHS MINIBATCHES RANK LAYERS
                                       one iteration of PPO: sampling with a KV cache, reward model, reference, values, advantages, updates.
                                       Trunk frozen; the policy's LoRA of RANK lies on all projections of the top LAYERS, the value's and the
                                       reward model's of rank 8 on the top layer, as on our side.
"""
import ctypes
import json
import math
import sys
import time

# Fresh large tensors cost more than the arithmetic in them unless malloc keeps its pages.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4
libc = ctypes.CDLL(None)
libc.mallopt(M_MMAP_MAX, 0)
libc.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
libc.mallopt(M_TOP_PAD, 64 * 2**20)

import torch  # noqa: E402  (after mallopt, so that all its memory obeys)
import torch.nn as nn  # noqa: E402
import torch.nn.functional as F  # noqa: E402


class Lora(nn.Module):
    """One adapter's change to one projection."""

    def __init__(self, into, out, rank, alpha):
        super().__init__()
        self.a = nn.Parameter(torch.empty(rank, into).uniform_(-1, 1) / math.sqrt(into))
        self.b = nn.Parameter(torch.zeros(out, rank))
        self.scale = alpha / rank

    def forward(self, x):
        return F.linear(F.linear(x, self.a), self.b) * self.scale


class Adapter(nn.Module):
    """LoRAs on all seven projections of some layers."""

    def __init__(self, c, layers, rank):
        super().__init__()
        d, f, q, kv = c["hidden"], c["intermediate"], c["heads"] * c["head"], c["kv_heads"] * c["head"]
        sizes = {"q": (d, q), "k": (d, kv), "v": (d, kv), "o": (q, d), "gate": (d, f), "up": (d, f), "down": (f, d)}
        self.layers = nn.ModuleDict(
            {str(i): nn.ModuleDict({name: Lora(*size, rank, 2 * rank) for name, size in sizes.items()}) for i in layers}
        )

    def at(self, layer):
        return self.layers[str(layer)] if str(layer) in self.layers else None


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        d, f, q, kv = c["hidden"], c["intermediate"], c["heads"] * c["head"], c["kv_heads"] * c["head"]
        linear = lambda into, out: nn.Linear(into, out, bias=False)
        self.projections = nn.ModuleDict(
            {"q": linear(d, q), "k": linear(d, kv), "v": linear(d, kv), "o": linear(q, d), "gate": linear(d, f), "up": linear(d, f), "down": linear(f, d)}
        )
        self.norm1, self.norm2 = RmsNorm(d), RmsNorm(d)

    def forward(self, x, cos, sin, mask, lora, cache):
        c = self.c
        batch, tokens, _ = x.shape

        def project(name, value):
            y = self.projections[name](value)
            return y if lora is None else y + lora[name](value)

        h = self.norm1(x)
        split = lambda value, heads: value.view(batch, tokens, heads, c["head"]).transpose(1, 2)
        q = rotate(split(project("q", h), c["heads"]), cos, sin)
        k = rotate(split(project("k", h), c["kv_heads"]), cos, sin)
        v = split(project("v", h), c["kv_heads"])
        if cache is not None:
            if cache:
                k, v = torch.cat([cache["k"], k], 2), torch.cat([cache["v"], v], 2)
            cache["k"], cache["v"] = k, v
        group = c["heads"] // c["kv_heads"]
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        scores = q @ k.transpose(-1, -2) / math.sqrt(c["head"])
        if mask is not None:
            scores = scores + mask
        attended = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, tokens, -1)
        x = x + project("o", attended)
        h = self.norm2(x)
        return x + project("down", F.silu(project("gate", h)) * project("up", h))


class Llama(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.embedding = nn.Embedding(c["vocabulary"], c["hidden"])
        self.layers = nn.ModuleList([Layer(c) for _ in range(c["layers"])])
        self.norm = RmsNorm(c["hidden"])
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)
        angles = torch.outer(torch.arange(c["context"]), 10000.0 ** (-torch.arange(0, c["head"], 2) / c["head"]))
        self.cos, self.sin = torch.cat([angles.cos()] * 2, -1), torch.cat([angles.sin()] * 2, -1)

    def hidden(self, ids, adapter=None, caches=None, start=0):
        """(batch, tokens) ids -> (batch, tokens, width) after the last norm."""
        tokens = ids.shape[1]
        cos, sin = self.cos[start : start + tokens], self.sin[start : start + tokens]
        mask = torch.full((tokens, tokens), -math.inf).triu(1) if tokens > 1 else None
        x = self.embedding(ids)
        for i, layer in enumerate(self.layers):
            x = layer(x, cos, sin, mask, adapter.at(i) if adapter is not None else None, caches[i] if caches is not None else None)
        return self.norm(x)

    def logits(self, hidden):
        return F.linear(hidden, self.embedding.weight)


def rotate(x, cos, sin):
    half = x.shape[-1] // 2
    return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin


class Training:
    def __init__(self, c):
        torch.manual_seed(1)
        self.model = Llama(c)
        matrices = [p for p in self.model.parameters() if p.dim() > 1]
        vectors = [p for p in self.model.parameters() if p.dim() == 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}], lr=1e-4, betas=(0.9, 0.95)
        )

    def run(self, rows, columns, steps):
        vocabulary = self.model.c["vocabulary"]
        started = time.perf_counter()
        for _ in range(steps):
            ids = torch.randint(vocabulary, (rows, columns + 1))
            logits = self.model.logits(self.model.hidden(ids[:, :-1]))
            loss = F.cross_entropy(logits.view(-1, vocabulary), ids[:, 1:].reshape(-1))
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            loss.item()
        return time.perf_counter() - started


class Ppo:
    """PPO as in rlhf.md's table, after TRL's PPOTrainer."""

    def __init__(self, c, rank, layers):
        torch.manual_seed(1)
        top = [c["layers"] - 1]
        self.model = Llama(c).requires_grad_(False)
        self.policy = Adapter(c, range(c["layers"] - layers, c["layers"]), rank)
        self.reward = Adapter(c, top, 8).requires_grad_(False)
        self.reward_heads = nn.Linear(2 * c["hidden"], 4).requires_grad_(False)
        self.value = Adapter(c, top, 8)
        self.value_head = nn.Linear(c["hidden"], 1)
        nn.init.zeros_(self.value_head.weight)
        self.parameters = [*self.policy.parameters(), *self.value.parameters(), *self.value_head.parameters()]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=1e-5, weight_decay=0)
        self.beta = 0.15

    @torch.no_grad()
    def sample(self, prompts, reply):
        caches = [{} for _ in self.model.layers]
        ids, position, tokens = prompts, 0, [prompts]
        for _ in range(reply):
            hidden = self.model.hidden(ids, self.policy, caches, position)
            position += ids.shape[1]
            ids = torch.multinomial(self.model.logits(hidden[:, -1]).softmax(-1), 1)
            tokens.append(ids)
        return torch.cat(tokens, 1)

    def log_probs(self, ids, prompt, adapter):
        logits = self.model.logits(self.model.hidden(ids, adapter)[:, prompt - 1 : -1])
        return logits, F.log_softmax(logits, -1).gather(-1, ids[:, prompt:, None]).squeeze(-1)

    def values(self, ids, prompt):
        return self.value_head(self.model.hidden(ids, self.value)[:, prompt - 1 : -1]).squeeze(-1)

    @torch.no_grad()
    def read(self, ids, prompt):
        reference = self.log_probs(ids, prompt, None)[1]
        logits, old = self.log_probs(ids, prompt, self.policy)
        entropy = -(logits.softmax(-1) * F.log_softmax(logits, -1)).sum(-1).mean()
        hidden = self.model.hidden(ids, self.reward)
        heads = self.reward_heads(torch.cat([hidden[:, -1], hidden[:, prompt:].mean(1)], -1))
        scores = heads.mean(-1) - 0.1 * heads.std(-1, unbiased=False)
        values = self.values(ids, prompt)
        rewards = -self.beta * (old - reference)
        rewards[:, -1] += scores.clamp(-5, 5)
        advantages, running, after = torch.zeros_like(values), 0, 0
        for t in reversed(range(values.shape[1])):
            running = rewards[:, t] + after - values[:, t] + 0.95 * running
            after = values[:, t]
            advantages[:, t] = running
        return old, values, advantages, advantages + values, entropy.item()

    def run(self, replies, prompt, reply, epochs, minibatches):
        started = time.perf_counter()
        prompts = torch.randint(300, self.model.c["vocabulary"], (replies, prompt))
        ids = self.sample(prompts, reply)
        size = replies // minibatches
        parts = [self.read(ids[at : at + size], prompt) for at in range(0, replies, size)]
        old, values, advantages, returns = (torch.cat([part[i] for part in parts]) for i in range(4))
        advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
        for _ in range(epochs):
            order = torch.randperm(replies)
            for at in range(0, replies, size):
                rows = order[at : at + size]
                log_probs = self.log_probs(ids[rows], prompt, self.policy)[1]
                ratio = (log_probs - old[rows]).exp()
                gain = advantages[rows]
                policy_loss = torch.max(-gain * ratio, -gain * ratio.clamp(0.8, 1.2)).mean()
                value = self.values(ids[rows], prompt)
                near = values[rows] + (value - values[rows]).clamp(-0.2, 0.2)
                value_loss = 0.5 * torch.max((value - returns[rows]) ** 2, (near - returns[rows]) ** 2).mean()
                loss = policy_loss + 0.1 * value_loss
                self.optimizer.zero_grad(set_to_none=True)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
                self.optimizer.step()
                loss.item(), ratio.mean().item(), (log_probs.detach() - old[rows]).pow(2).mean().item()
        return time.perf_counter() - started


def main():
    c = json.loads(sys.argv[1])
    torch.set_num_threads(int(sys.argv[2]))
    print(f"ready {torch.__version__}", flush=True)
    training, ppo = None, {}
    for line in sys.stdin:
        verb, *numbers = line.split()
        numbers = [int(number) for number in numbers]
        if verb == "train":
            training = training or Training(c)
            print(training.run(*numbers), flush=True)
        else:
            shape = tuple(numbers[-2:])
            if shape not in ppo:
                ppo = {shape: Ppo(c, *shape)}
            print(ppo[shape].run(*numbers[:-2]), flush=True)


if __name__ == "__main__":
    main()
