"""Makes the folder tiny/ beside this file: a random Llama with a byte-level tokenizer, and its logits as PyTorch computes them.

Run with: /usr/bin/python3 tiny_llama.py    (torch only)
The forward pass follows the Llama papers and Hugging Face's weight names; it shares nothing with the C# code.
"""
import json
import math
import pathlib
import struct

import torch

CONFIG = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "attention_bias": False, "mlp_bias": False,
    "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
    "vocab_size": 272, "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "rope_theta": 1000.0, "rope_scaling": None,
    "tie_word_embeddings": True, "bos_token_id": None, "eos_token_id": 0, "pad_token_id": 0, "torch_dtype": "bfloat16",
}
SPECIALS = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>"]


def make_weights():
    generator = torch.Generator().manual_seed(20)
    d, ff, size = CONFIG["hidden_size"], CONFIG["intermediate_size"], CONFIG["head_dim"]
    heads, groups = CONFIG["num_attention_heads"] * size, CONFIG["num_key_value_heads"] * size

    def normal(*shape, deviation=0.3):
        return (torch.randn(*shape, generator=generator) * deviation).to(torch.bfloat16)

    weights = {"model.embed_tokens.weight": normal(CONFIG["vocab_size"], d, deviation=1.0)}
    for layer in range(CONFIG["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        weights[prefix + "input_layernorm.weight"] = 1 + normal(d)
        weights[prefix + "post_attention_layernorm.weight"] = 1 + normal(d)
        for name, shape in {
            "self_attn.q_proj": (heads, d), "self_attn.k_proj": (groups, d), "self_attn.v_proj": (groups, d), "self_attn.o_proj": (d, heads),
            "mlp.gate_proj": (ff, d), "mlp.up_proj": (ff, d), "mlp.down_proj": (d, ff),
        }.items():
            weights[prefix + name + ".weight"] = normal(*shape)
    weights["model.norm.weight"] = 1 + normal(d)
    return weights


def norm(x, scale):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + CONFIG["rms_norm_eps"]) * scale


def rotate(x):  # (heads, tokens, size)
    size = CONFIG["head_dim"]
    frequencies = 1.0 / CONFIG["rope_theta"] ** (torch.arange(0, size, 2).float() / size)
    angles = torch.outer(torch.arange(x.shape[1]).float(), frequencies)
    cos, sin = torch.cat([angles, angles], -1).cos(), torch.cat([angles, angles], -1).sin()
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat([-second, first], -1) * sin


def forward(weights, ids):
    size, heads, groups = CONFIG["head_dim"], CONFIG["num_attention_heads"], CONFIG["num_key_value_heads"]
    w = {name: tensor.float() for name, tensor in weights.items()}
    x = w["model.embed_tokens.weight"][ids]
    tokens = len(ids)
    mask = torch.full((tokens, tokens), -math.inf).triu(1)
    for layer in range(CONFIG["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        h = norm(x, w[prefix + "input_layernorm.weight"])
        q, k, v = (
            (h @ w[prefix + f"self_attn.{name}_proj.weight"].T).view(tokens, count, size).transpose(0, 1)
            for name, count in (("q", heads), ("k", groups), ("v", groups))
        )
        q, k = rotate(q), rotate(k).repeat_interleave(heads // groups, 0)
        v = v.repeat_interleave(heads // groups, 0)
        attended = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(size) + mask, -1) @ v
        x = x + attended.transpose(0, 1).reshape(tokens, -1) @ w[prefix + "self_attn.o_proj.weight"].T
        h = norm(x, w[prefix + "post_attention_layernorm.weight"])
        gated = torch.nn.functional.silu(h @ w[prefix + "mlp.gate_proj.weight"].T) * (h @ w[prefix + "mlp.up_proj.weight"].T)
        x = x + gated @ w[prefix + "mlp.down_proj.weight"].T
    return norm(x, w["model.norm.weight"]) @ w["model.embed_tokens.weight"].T


def save_weights(weights, path):
    header, blobs, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, tensor in weights.items():
        blob = tensor.contiguous().view(torch.int16).numpy().tobytes()
        header[name] = {"dtype": "BF16", "shape": list(tensor.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def make_tokenizer():
    printable = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    letters, extra = [], 0
    for byte in range(256):
        letters.append(chr(byte) if byte in printable else chr(256 + extra))
        extra += byte not in printable
    vocabulary = {token: i for i, token in enumerate(SPECIALS + letters)}
    merges = []
    for left, right in [("t", "h"), ("th", "e"), ("Ġ", "the"), ("i", "n"), ("in", "g"), ("a", "n"), ("Ġ", "an"), ("Ġan", "d"), ("l", "l"), ("o", "u"), ("ou", "r")]:
        merges.append([left, right])
        vocabulary[left + right] = len(vocabulary)
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": i, "content": token, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True} for i, token in enumerate(SPECIALS)],
        "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "vocab": vocabulary, "merges": merges},
    }


def main():
    folder = pathlib.Path(__file__).parent / "tiny"
    folder.mkdir(exist_ok=True)
    weights = make_weights()
    ids = [2, 77, 105, 270, 0, 3, 261, 13, 200, 199, 5, 263]
    logits = forward(weights, ids)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=1) + "\n")
    (folder / "tokenizer.json").write_text(json.dumps(make_tokenizer(), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    save_weights(weights, folder / "model.safetensors")
    expected = {"torch": torch.__version__, "ids": ids, "logits": [[round(value, 5) for value in row] for row in logits.tolist()]}
    (folder / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


main()
