"""Computes with PyTorch what the polyfill's operators must compute: values, and gradients of a weighted sum of them.

Run with a Python that has torch (Debian: python3-torch): python3 make_reference.py > reference.json
Everything is float64, so that the comparison is about the mathematics and not about the order of a summation.
"""
import json
import math

import torch
import torch.nn.functional as F

torch.manual_seed(20240607)
torch.set_default_dtype(torch.float64)


def real(*shape):
    return torch.randn(*shape)


def positive(*shape):
    return torch.rand(*shape) + 0.25


def whole(high, *shape):
    return torch.randint(0, high, shape)


def fixed(tensor):
    """An input without a gradient: targets and weights."""
    tensor.fixed = True
    return tensor


def truth(*shape):
    return torch.rand(*shape) > 0.4


def rms_norm(x, w):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * w


def rotary(x, cos, sin):
    half = x.shape[-1] // 2
    return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin


def attention(q, k, v, mask=None, causal=False):
    return F._scaled_dot_product_attention(q, k, v, mask, 0.0, False, causal)[0]


def causal_bias(t):
    return torch.zeros(t, t).masked_fill(torch.ones(t, t).triu(1).bool(), -math.inf)


def surrogate(new, old, advantage):
    ratio = (new - old).exp()
    return torch.minimum(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage).mean()


CASES = {
    "add": (lambda a, b: a + 2 * b, [real(3, 4), real(4)]),
    "subtract": (lambda a, b: 3 - (a - b), [real(3, 4), real(3, 1)]),
    "multiply": (lambda a, b: a * b * 0.5, [real(3, 4), real(3, 1)]),
    "divide": (lambda a, b: 1 / (a / b), [positive(3, 4), positive(4)]),
    "power": (lambda a, b: a.pow(b) + a.pow(3), [positive(5), real(5)]),
    "exponential": (lambda a: a.exp() + a.expm1(), [real(6)]),
    "logarithm": (lambda a: a.log() + a.log1p() + a.log2(), [positive(6)]),
    "roots": (lambda a: a.sqrt() + a.rsqrt(), [positive(6)]),
    "waves": (lambda a: a.sin() * a.cos(), [real(6)]),
    "absolute": (lambda a: a.abs() + a.square() - a.neg(), [real(6)]),
    "sigmoid": (lambda a: a.sigmoid(), [real(6)]),
    "tanh": (lambda a: a.tanh(), [real(6)]),
    "relu": (lambda a: F.relu(a), [real(8)]),
    "silu": (lambda a: F.silu(a), [real(8)]),
    "gelu": (lambda a: F.gelu(a), [real(8)]),
    "softplus": (lambda a: F.softplus(a, 2.0), [real(8)]),
    "logsigmoid": (lambda a: F.logsigmoid(a), [real(8)]),
    "clamp": (lambda a: a.clamp(-0.5, 0.5) + a.clamp(min=0.1) + a.clamp(max=0.2), [real(12)]),
    "maximum_minimum": (lambda a, b: torch.maximum(a, b) + 2 * torch.minimum(a, b), [real(8), real(8)]),
    "logaddexp": (lambda a, b: torch.logaddexp(a, b), [real(8), real(8)]),
    "addcmul_addcdiv": (lambda a, b, c: a.addcmul(b, c, value=0.5).addcdiv(b, c, value=2.0), [real(5), real(5), positive(5)]),
    "softmax": (lambda a: a.softmax(-1), [real(3, 5)]),
    "log_softmax": (lambda a: a.log_softmax(0), [real(3, 5)]),
    "logsumexp": (lambda a: a.logsumexp(1, True), [real(3, 5)]),
    "sum": (lambda a: a.sum(1) + a.sum((0, 1)) * a.sum(), [real(3, 5)]),
    "mean": (lambda a: a.mean(0) * a.mean(), [real(3, 5)]),
    "spread": (lambda a: a.std(1) + a.var(1, unbiased=False) + a.std(), [real(3, 5)]),
    "norms": (lambda a: a.norm() + a.norm(1, 1), [real(3, 5)]),
    "products": (lambda a: a.prod(1) + a.cumprod(1).sum(1), [real(3, 4)]),
    "cumsum": (lambda a: a.cumsum(1), [real(3, 5)]),
    "extremes": (lambda a: a.max(1)[0] + a.min(1)[0] + a.max() - a.min() + a.amax((1,)), [real(3, 5)]),
    "order": (lambda a: a.sort(1, descending=True)[0][:, 1:] + a.topk(4, 1)[0] + a.median(), [real(3, 5)]),
    "quantile": (lambda a: a.quantile(torch.tensor([0.25, 0.5, 0.9]), 1), [real(3, 5)]),
    "arguments": (lambda a: a.argmax(1) + 10 * a.argmin(1) + 100 * a.argsort(1)[:, 0], [real(3, 5)]),
    "comparisons": (lambda a, b: (a < b).long() + 2 * (a >= b).long() + 4 * ((a > 0) & ~(b > 0)).long(), [real(6), real(6)]),
    "matmul": (lambda a, b: a @ b, [real(2, 3, 4), real(4, 5)]),
    "bmm": (lambda a, b: a.bmm(b), [real(2, 3, 4), real(2, 4, 5)]),
    "addmm": (lambda c, a, b: torch.addmm(c, a, b, beta=0.5, alpha=2.0), [real(3, 5), real(3, 4), real(4, 5)]),
    "einsum": (lambda a, b: torch.einsum("bik,bjk->bij", a, b), [real(2, 3, 4), real(2, 5, 4)]),
    "outer_dot": (lambda a, b: torch.outer(a, b) * a.dot(b), [real(4), real(4)]),
    "linear": (lambda x, w, b: F.linear(x, w, b), [real(2, 3, 4), real(5, 4), real(5)]),
    "lora": (lambda x, w, a, b: F.linear(x, w) + 0.5 * F.linear(F.linear(x, a), b), [real(2, 3, 4), real(5, 4), real(2, 4), real(5, 2)]),
    "rms_norm": (rms_norm, [real(2, 3, 6), real(6)]),
    "layer_norm": (lambda x, w, b: F.layer_norm(x, (6,), w, b), [real(2, 3, 6), real(6), real(6)]),
    "rotary": (rotary, [real(2, 3, 4), real(3, 4), real(3, 4)]),
    "swiglu": (lambda g, u: F.silu(g) * u, [real(3, 4), real(3, 4)]),
    "embedding": (lambda w, ids: F.embedding(ids, w), [real(7, 3), whole(7, 2, 4)]),
    "attention": (lambda q, k, v: attention(q, k, v), [real(2, 2, 3, 4), real(2, 2, 5, 4), real(2, 2, 5, 4)]),
    "attention_causal": (lambda q, k, v: attention(q, k, v, causal_bias(5)), [real(2, 2, 5, 4), real(2, 2, 5, 4), real(2, 2, 5, 4)]),
    "attention_mask": (lambda q, k, v, m: attention(q, k, v, m), [real(2, 3, 4), real(2, 5, 4), real(2, 5, 4), real(3, 5)]),
    "cross_entropy": (lambda x, t: F.cross_entropy(x, t), [real(6, 5), whole(5, 6)]),
    "cross_entropy_ignored": (lambda x, t: F.cross_entropy(x, t, ignore_index=2, reduction="sum"), [real(6, 5), whole(5, 6)]),
    "cross_entropy_smoothed": (lambda x, t: F.cross_entropy(x, t, label_smoothing=0.1, reduction="none"), [real(6, 5), whole(5, 6)]),
    "nll_loss": (lambda x, t: F.nll_loss(x.log_softmax(1), t), [real(6, 5), whole(5, 6)]),
    "token_log_probs": (lambda x, t: x.log_softmax(-1).gather(-1, t.unsqueeze(-1)).squeeze(-1), [real(2, 4, 5), whole(5, 2, 4)]),
    "entropy": (lambda x: -(x.softmax(-1) * x.log_softmax(-1)).sum(-1), [real(2, 4, 5)]),
    "bce_with_logits": (
        lambda x, t, w, p: F.binary_cross_entropy_with_logits(x, t, w, pos_weight=p, reduction="sum"),
        [real(6), fixed(torch.rand(6)), fixed(positive(6)), fixed(positive(6))],
    ),
    "binary_cross_entropy": (lambda x, t: F.binary_cross_entropy(x.sigmoid(), t), [real(6), fixed(torch.rand(6))]),
    "mse_loss": (lambda a, b: F.mse_loss(a, b), [real(6), real(6)]),
    "smooth_l1_loss": (lambda a, b: F.smooth_l1_loss(a, b, beta=0.5), [real(6), real(6)]),
    "huber_loss": (lambda a, b: F.huber_loss(a, b, delta=0.7), [real(6), real(6)]),
    "kl_div": (lambda a, b: F.kl_div(a.log_softmax(1), b.log_softmax(1), reduction="sum", log_target=True), [real(3, 5), real(3, 5)]),
    "bradley_terry": (lambda a, b: -F.logsigmoid(a - b).mean(), [real(6), real(6)]),
    "ppo_surrogate": (surrogate, [real(12) * 0.3, fixed(real(12) * 0.3), fixed(real(12))]),
    "masked_mean": (lambda a, m: (a * m).sum() / m.sum(), [real(3, 5), truth(3, 5)]),
    "masked_fill": (lambda a, m: a.masked_fill(m, -2.0), [real(3, 5), truth(3, 5)]),
    "masked_select": (lambda a, m: a.masked_select(m), [real(3, 5), truth(3, 5)]),
    "where": (lambda m, a, b: torch.where(m, a, b), [truth(3, 5), real(3, 5), real(5)]),
    "gather": (lambda a, i: a.gather(1, i), [real(3, 5), whole(5, 3, 2)]),
    "scatter_add": (lambda a, i, s: a.scatter_add(1, i, s), [real(3, 5), whole(5, 3, 2), real(3, 2)]),
    "scatter": (lambda a, s: a.scatter(1, torch.tensor([[0, 2]]), s), [real(1, 5), real(1, 2)]),
    "index_select": (lambda a, i: a.index_select(1, i), [real(3, 5), whole(5, 4)]),
    "index_add": (lambda a, i, s: a.index_add(0, i, s, alpha=2.0), [real(5, 2), whole(5, 3), real(3, 2)]),
    "index_ranges": (lambda a: a[1, :, ::2] + a[-1, ..., :3:2], [real(3, 4, 4)]),
    "index_tensor": (lambda a, i: a[:, i, None], [real(3, 5), whole(5, 4)]),
    "index_mask": (lambda a, m: a[m], [real(3, 5), truth(3)]),
    "index_pairs": (lambda a, i, j: a[i, j], [real(3, 5), whole(3, 4), whole(5, 4)]),
    "slices": (lambda a: a.narrow(1, 1, 3) + a.select(1, 0).unsqueeze(1), [real(3, 5)]),
    "shapes": (lambda a: a.view(6, 4).t().reshape(2, 12).unsqueeze(0).transpose(0, 2).squeeze(2), [real(2, 3, 4)]),
    "permute": (lambda a: a.permute(2, 0, 1).flatten(1), [real(2, 3, 4)]),
    "expand": (lambda a: a.expand(4, 3, 2) * a.repeat(4, 1, 2)[..., :2], [real(1, 3, 1)]),
    "repeat_interleave": (lambda a: a.repeat_interleave(2, 1), [real(3, 2)]),
    "flip_roll": (lambda a: a.flip(1) + a.roll(2, 1), [real(3, 5)]),
    "triangles": (lambda a: a.tril() + 2 * a.triu(1), [real(4, 4)]),
    "concatenate": (lambda a, b: torch.cat([a, b], 1) + torch.stack([a, a], 2).view(3, 8), [real(3, 4), real(3, 4)]),
    "pieces": (lambda a: a.chunk(3, 1)[0] * a.split(2, 1)[1] + a.split([1, 3, 2], 1)[2] + a.unbind(1)[0].unsqueeze(1), [real(3, 6)]),
    "pad": (lambda a: F.pad(a, (1, 2), value=0.5), [real(2, 3)]),
    "diagonal": (lambda a: a.diagonal(1), [real(4, 4)]),
    "one_hot": (lambda i: F.one_hot(i, 5), [whole(5, 4)]),
    "nan_to_num": (lambda a: (a / 0).nan_to_num(0, 1, -1), [fixed(torch.tensor([1.0, -1.0, 0.0]))]),
    "rounding": (lambda a: a.floor() + a.ceil() + a.round() + a.trunc() + a.sign() + a % 0.7, [real(8)]),
}


def pack(tensor):
    kind = {torch.float64: "real", torch.int64: "whole", torch.bool: "truth"}[tensor.dtype]
    return {"type": kind, "shape": list(tensor.shape), "values": [float(v) for v in tensor.detach().reshape(-1).tolist()]}


def case(function, inputs):
    leaves = [t.clone().requires_grad_() if t.is_floating_point() and not hasattr(t, "fixed") else t for t in inputs]
    output = function(*leaves)
    gradients = [None] * len(inputs)
    if output.requires_grad:
        # The weights 1, 2, 3 ... tell the elements apart: a plain sum would hide a permutation.
        weights = torch.arange(1, output.numel() + 1, dtype=torch.float64).view(output.shape)
        (output * weights).sum().backward()
        gradients = [pack(t.grad) if t.requires_grad else None for t in leaves]
    return {"inputs": [pack(t) for t in inputs], "output": pack(output), "gradients": gradients}


def adamw():
    torch.manual_seed(5)
    start, target = torch.randn(4, 3), torch.randn(4, 3)
    weight = torch.nn.Parameter(start.clone())
    optimizer = torch.optim.AdamW([weight], lr=0.05, betas=(0.8, 0.95), eps=1e-8, weight_decay=0.1)
    steps = []
    for _ in range(6):
        optimizer.zero_grad()
        ((weight - target) ** 2).sum().backward()
        norm = torch.nn.utils.clip_grad_norm_([weight], 1.0)
        optimizer.step()
        steps.append({"norm": float(norm), "weight": pack(weight)})
    return {"start": pack(start), "target": pack(target), "steps": steps}


print(json.dumps({"torch": torch.__version__, "cases": {name: case(*given) for name, given in CASES.items()}, "adamw": adamw()}, indent=None, separators=(",", ":")).replace('},"', '},\n"'))
