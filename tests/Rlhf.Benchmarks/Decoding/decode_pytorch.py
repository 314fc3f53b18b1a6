"""Decodes the benchmark's model in plain PyTorch, for comparison.

A Llama with grouped queries as one would write it for speed without leaving PyTorch: inference mode, joined projections, keys and values
in buffers of full length, no Python loop but over layers and tokens. Weights are random; speed does not depend on them.

usage: decode_pytorch.py '{"hidden":256,"intermediate":1024,"layers":6,"heads":8,"kv_heads":4,"head":32,"vocabulary":4096,"context":256}' THREADS
Then one command a line on standard input, one answer a line on standard output:
  decode BATCH PROMPT REPLY   draws REPLY tokens after PROMPT of BATCH sequences; answers the seconds
  gemm SIZE                   answers the FLOP/s of a float32 product of SIZE cubed
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
import torch.nn.functional as F  # noqa: E402


class Llama:
    def __init__(self, c):
        self.c = c
        torch.manual_seed(1)
        d, heads, kv, size = c["hidden"], c["heads"], c["kv_heads"], c["head"]
        matrix = lambda out, into: torch.randn(out, into) * 0.02
        self.embedding = matrix(c["vocabulary"], d)
        self.layers = [
            {
                "qkv": matrix((heads + 2 * kv) * size, d),
                "o": matrix(d, heads * size),
                "gate_up": matrix(2 * c["intermediate"], d),
                "down": matrix(d, c["intermediate"]),
                "norm1": torch.ones(d),
                "norm2": torch.ones(d),
            }
            for _ in range(c["layers"])
        ]
        self.norm = torch.ones(d)
        frequencies = 10000.0 ** (-torch.arange(0, size, 2) / size)
        angles = torch.outer(torch.arange(c["context"]), frequencies)
        self.cos = torch.cat([angles.cos()] * 2, -1)
        self.sin = torch.cat([angles.sin()] * 2, -1)

    def cache(self, batch):
        c = self.c
        shape = (batch, c["kv_heads"], c["context"], c["head"])
        return [(torch.empty(shape), torch.empty(shape)) for _ in range(c["layers"])]

    def forward(self, ids, cache, start):
        """(batch, tokens) ids at positions from start -> (batch, vocabulary) logits after the last."""
        c = self.c
        batch, tokens = ids.shape
        heads, kv, size = c["heads"], c["kv_heads"], c["head"]
        group, end = heads // kv, start + tokens
        cos, sin = self.cos[start:end], self.sin[start:end]
        mask = torch.full((tokens, end), -math.inf).triu(start + 1) if tokens > 1 else None
        x = self.embedding[ids]
        for layer, (keys, values) in zip(self.layers, cache):
            joined = F.linear(rms_norm(x, layer["norm1"]), layer["qkv"]).view(batch, tokens, heads + 2 * kv, size).transpose(1, 2)
            rotated = rotate(joined[:, : heads + kv], cos, sin)
            keys[:, :, start:end] = rotated[:, heads:]
            values[:, :, start:end] = joined[:, heads + kv :]
            # Queries that share a key-value head lie side by side: (batch, kv, group * tokens, head)
            q = rotated[:, :heads].reshape(batch, kv, group * tokens, size)
            scores = (q @ keys[:, :, :end].transpose(-1, -2)).mul_(1 / math.sqrt(size))
            if mask is not None:
                scores = (scores.view(batch, kv, group, tokens, end) + mask).view(batch, kv, group * tokens, end)
            attended = scores.softmax(-1) @ values[:, :, :end]
            attended = attended.view(batch, heads, tokens, size).transpose(1, 2).reshape(batch, tokens, heads * size)
            x = x + F.linear(attended, layer["o"])
            gate, up = F.linear(rms_norm(x, layer["norm2"]), layer["gate_up"]).chunk(2, -1)
            x = x + F.linear(F.silu(gate) * up, layer["down"])
        return F.linear(rms_norm(x[:, -1], self.norm), self.embedding)


def rms_norm(x, weight):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * weight


def rotate(x, cos, sin):
    half = x.shape[-1] // 2
    return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin


@torch.inference_mode()
def decode(model, batch, prompt, reply):
    ids = torch.randint(256, (batch, prompt))
    cache = model.cache(batch)
    started = time.perf_counter()
    position = 0
    for _ in range(reply):
        logits = model.forward(ids, cache, position)
        position += ids.shape[1]
        ids = torch.multinomial(logits.softmax(-1), 1)
    return time.perf_counter() - started


@torch.inference_mode()
def gemm(size):
    a, b = torch.randn(size, size), torch.randn(size, size)
    times = []
    for _ in range(6):
        started = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - started)
    return 2 * size**3 / sorted(times[1:])[2]


def main():
    model = Llama(json.loads(sys.argv[1]))
    torch.set_num_threads(int(sys.argv[2]))
    print(f"ready {torch.__version__}", flush=True)
    for line in sys.stdin:
        verb, *numbers = line.split()
        answer = decode(model, *map(int, numbers)) if verb == "decode" else gemm(*map(int, numbers))
        print(answer, flush=True)


if __name__ == "__main__":
    main()
