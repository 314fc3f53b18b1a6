"""Makes the folders families/*: tiny random models of each family with tokenizer, chat template, and in expected.json what they give.

Run with: /usr/bin/python3 families.py    (Debian: python3-torch, python3-regex, python3-jinja2)
Tokenizers and forward passes follow their definitions and share nothing with the C# code; GPT-2: Radford et al. 2019; Llama:
arXiv 2302.13971; rotary positions: arXiv 2104.09864, scaled as Llama 3.1's release describes; Qwen2: arXiv 2407.10671.
"""
import json
import math
import pathlib
import struct
import unicodedata
from collections import Counter

import regex
import torch

import chats

HERE = pathlib.Path(__file__).parent
CORPUS = [
    "I'd like a large oat milk latte, please. A latte for Sam, and two cappuccinos!",
    "Sure, a large latte with oat milk. Is there anything else you would like?",
    "That's all. How much is it? It's $12.50, and it'll be ready in 10 minutes. THAT'S IT, WE'LL SEE.",
    "The café is fully booked at 1234. We're sorry.\n\nWould eight o'clock work for you?\n    Yes.",
]
TEXTS = [
    "", " ", "A latte, please.", "  two  blanks\tand\r\n\r\nlines \n ", "DON'T we'll THEY'VE it's 'Tis", "in 1234567 minutes, $12.50!",
    "cafe\u0301 café Köln Ko\u0308ln \u1100\u1161\u11a8 각 q\u0307\u0323", "Привет, 你好世界 👍🏽 मानक", "trailing blanks   ", "...!!!\n\n\n???", " latte", "unreachable unreachables",
    "two<|im_end|>specials <s>inside</s> [INST] x<|eot_id|>\n<tool_call> a <mask> b<|endoftext|>", "latte9 xlatte9 latte9x latte9", "a▁b", "\u00a0no\u2003break\u200b",
]
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace("{1,3}", "")


# ---- tokenizers


def byte_letters():
    printable = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    letters, extra = [], 0
    for byte in range(256):
        letters.append(chr(byte) if byte in printable else chr(256 + extra))
        extra += byte not in printable
    return letters


LETTERS = byte_letters()


def to_letters(text):
    return [LETTERS[byte] for byte in text.encode()]


def merge(symbols, ranks):
    symbols = list(symbols)
    while True:
        pairs = [(ranks[pair], i) for i, pair in enumerate(zip(symbols, symbols[1:])) if pair in ranks]
        if not pairs:
            return symbols
        at = min(pairs)[1]
        symbols[at:at + 2] = [symbols[at] + symbols[at + 1]]


def train(words, count):
    words = Counter(tuple(word) for word in words)
    merges = []
    while len(merges) < count:
        pairs = Counter()
        for word, times in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += times
        pair = max(sorted(pairs), key=lambda p: pairs[p])
        merges.append(pair)
        ranks = {pair: 0}
        words = Counter({tuple(merge(word, ranks)): times for word, times in words.items()})
    return merges


def isolate(pattern, text):
    pieces, end = [], 0
    for match in regex.finditer(pattern, text):
        if match.start() > end:
            pieces.append(text[end:match.start()])
        pieces.append(match.group())
        end = match.end()
    return [piece for piece in pieces + [text[end:]] if piece]


class Tokenizer:
    """Reads nothing of the JSON but vocabulary, merges and added tokens; the rest is said by the family's functions."""

    def __init__(self, file, prepare, pieces, symbols, entries):
        self.vocabulary = file["model"]["vocab"]
        self.ranks = {tuple(pair.split(" ") if isinstance(pair, str) else pair): i for i, pair in enumerate(file["model"]["merges"])}
        self.ignore_merges = file["model"].get("ignore_merges", False)
        self.added = sorted(file["added_tokens"], key=lambda token: -len(token["content"]))
        self.prepare, self.pieces, self.symbols, self.entries = prepare, pieces, symbols, entries

    def next_added(self, text, start, specials):
        for at in range(start, len(text)):
            for token in self.added:
                end = at + len(token["content"])
                if text[at:end] != token["content"] or (token["special"] and not specials):
                    continue
                if token["single_word"] and (regex.search(r"\w$", text[:at]) or regex.match(r"\w", text[end:])):
                    continue
                if token["lstrip"]:
                    at = start + len(text[start:at].rstrip())
                if token["rstrip"]:
                    end += len(text[end:]) - len(text[end:].lstrip())
                return token["id"], at, end
        return None

    def encode(self, text, specials):
        ids, start = [], 0
        while found := self.next_added(text, start, specials):
            ids += self.encode_plain(text[start:found[1]], start == 0) + [found[0]]
            start = found[2]
        return ids + self.encode_plain(text[start:], start == 0)

    def encode_plain(self, text, first):
        ids = []
        for piece in self.pieces(self.prepare(text, first)) if text else []:
            whole = "".join(self.entries(piece))
            if self.ignore_merges and whole in self.vocabulary:
                ids.append(self.vocabulary[whole])
            else:
                ids += [self.vocabulary[symbol] for symbol in merge(self.symbols(piece), self.ranks)]
        return ids


def added(token_id, content, special=True, **flags):
    return {"id": token_id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": special, **flags}


def byte_level_file(pattern, merges, first_specials, last_specials, whole=(), **more):
    vocabulary = {token: i for i, token in enumerate(first_specials + sorted(LETTERS))}
    for left, right in merges:
        vocabulary.setdefault(left + right, len(vocabulary))
    for word in whole:
        vocabulary.setdefault("".join(to_letters(word)), len(vocabulary))
    tokens = [added(vocabulary[token], token) for token in first_specials]
    tokens += [added(len(vocabulary) + i, *token) if isinstance(token, tuple) else added(len(vocabulary) + i, token) for i, token in enumerate(last_specials)]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": pattern is None}
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens, "normalizer": None,
        "pre_tokenizer": byte_level if pattern is None else {"type": "Sequence", "pretokenizers": [split, byte_level]},
        "post_processor": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False,
                  "ignore_merges": False, "vocab": vocabulary, "merges": [f"{left} {right}" for left, right in merges]},
        **more,
    }


def byte_level(file, pattern, prepare=lambda text, first: text):
    return Tokenizer(file, prepare, lambda text: isolate(pattern, text), to_letters, to_letters)


def template_processing(token, token_id):
    return {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": token, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {token: {"id": token, "ids": [token_id], "tokens": [token]}}}


def gpt2():
    merges = train([to_letters(piece) for text in CORPUS for piece in isolate(GPT2, text)], 100)
    file = byte_level_file(None, merges, [], ["<|endoftext|>"])
    last = len(file["model"]["vocab"]) + 1
    file["added_tokens"] += [added(last, "<mask>", lstrip=True), added(last + 1, "latte9", special=False, single_word=True), added(last + 2, "<tool_call>", special=False, rstrip=True)]
    return file, byte_level(file, GPT2), {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}


def llama3():
    merges = train([to_letters(piece) for text in CORPUS for piece in isolate(LLAMA3, text)], 100)
    file = byte_level_file(LLAMA3, merges, [], ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"], whole=[" unreachable", "567"])
    file["model"]["ignore_merges"] = True
    file["post_processor"] = {"type": "Sequence", "processors": [file["post_processor"], template_processing("<|begin_of_text|>", len(file["model"]["vocab"]))]}
    return file, byte_level(file, LLAMA3), {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}


def qwen2():
    merges = train([to_letters(piece) for text in CORPUS for piece in isolate(QWEN2, text)], 100)
    file = byte_level_file(QWEN2, merges, [], ["<|endoftext|>", "<|im_start|>", "<|im_end|>", ("<tool_call>", False)], normalizer={"type": "NFC"})
    file["model"]["merges"] = [list(pair) for pair in merges]
    return file, byte_level(file, QWEN2, lambda text, first: unicodedata.normalize("NFC", text)), {"bos_token": None, "eos_token": {"content": "<|im_end|>", "lstrip": False}}


def sentencepiece(metaspace=False):
    marked = [text.replace(" ", "▁") for text in CORPUS]
    letters = sorted({letter for text in marked for letter in text} - {"\n", "$"})
    merges = train([piece for text in marked for piece in isolate("▁?[^▁]+", "▁" + text) if all(letter in letters for letter in piece)], 100)
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    vocabulary = {token: i for i, token in enumerate(["<unk>", "<s>", "</s>"] + bytes_)}
    for token in [left + right for left, right in merges] + letters:
        vocabulary.setdefault(token, len(vocabulary))
    file = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [added(0, "<unk>"), added(1, "<s>"), added(2, "</s>")],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
        "pre_tokenizer": None,
        "post_processor": template_processing("<s>", 1),
        "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True,
                  "vocab": vocabulary, "merges": [f"{left} {right}" for left, right in merges]},
    }
    if metaspace:
        file["normalizer"] = None
        file["pre_tokenizer"] = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False}

    def prepare(text, first):
        text = text.replace(" ", "▁")
        return "▁" + text if not metaspace or (first and not text.startswith("▁")) else text

    def symbols(piece):
        return [part for letter in piece for part in ([letter] if letter in vocabulary else [bytes_[byte] for byte in letter.encode()])]

    return file, Tokenizer(file, prepare, lambda text: [text], symbols, lambda piece: [piece]), {"bos_token": "<s>", "eos_token": "</s>"}


# ---- models


def normal(generator, *shape, deviation=0.25):
    return torch.randn(*shape, generator=generator) * deviation


def rotary(config, tokens):
    size = config["hidden_size"] // config["num_attention_heads"]
    frequencies = 1.0 / config["rope_theta"] ** (torch.arange(0, size, 2).double() / size)
    scaling = config.get("rope_scaling")
    if scaling and scaling.get("type") == "linear":
        frequencies = frequencies / scaling["factor"]
    elif scaling:
        low, high, old = scaling["low_freq_factor"], scaling["high_freq_factor"], scaling["original_max_position_embeddings"]
        scaled = []
        for frequency in frequencies.tolist():
            wavelength = 2 * math.pi / frequency
            if wavelength > old / low:
                frequency /= scaling["factor"]
            elif wavelength > old / high:
                smooth = (old / wavelength - low) / (high - low)
                frequency = (1 - smooth) * frequency / scaling["factor"] + smooth * frequency
            scaled.append(frequency)
        frequencies = torch.tensor(scaled).double()
    angles = torch.outer(torch.arange(tokens).double(), frequencies)
    return torch.cat([angles, angles], -1)


def attend(q, k, v):  # (heads, tokens, size)
    tokens = q.shape[1]
    mask = torch.full((tokens, tokens), -math.inf).triu(1)
    mixed = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(q.shape[2]) + mask, -1) @ v
    return mixed.transpose(0, 1).reshape(tokens, -1)


def llama_weights(config, generator, bias):
    d, ff, heads, pairs = (config[name] for name in ("hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads"))
    size = d // heads
    weights = {"model.embed_tokens.weight": normal(generator, config["vocab_size"], d, deviation=0.8)}
    for layer in range(config["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        for name, rows, columns in (("self_attn.q_proj", d, d), ("self_attn.k_proj", pairs * size, d), ("self_attn.v_proj", pairs * size, d), ("self_attn.o_proj", d, d),
                                    ("mlp.gate_proj", ff, d), ("mlp.up_proj", ff, d), ("mlp.down_proj", d, ff)):
            weights[f"{prefix}{name}.weight"] = normal(generator, rows, columns)
            if bias and name[-6:] in ("q_proj", "k_proj", "v_proj"):
                weights[f"{prefix}{name}.bias"] = normal(generator, rows, deviation=0.5)
        weights[prefix + "input_layernorm.weight"] = 1 + normal(generator, d)
        weights[prefix + "post_attention_layernorm.weight"] = 1 + normal(generator, d)
    weights["model.norm.weight"] = 1 + normal(generator, d)
    if not config["tie_word_embeddings"]:
        weights["lm_head.weight"] = normal(generator, config["vocab_size"], d)
    return weights


def llama_forward(config, w, ids):
    heads, pairs, epsilon = config["num_attention_heads"], config["num_key_value_heads"], config["rms_norm_eps"]
    size, tokens = config["hidden_size"] // heads, len(ids)

    def norm(x, name):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + epsilon) * w[name]

    def linear(x, name):
        return x @ w[name + ".weight"].T + w.get(name + ".bias", 0)

    def rotate(x):
        first, second = x.chunk(2, -1)
        return x * angles.cos() + torch.cat([-second, first], -1) * angles.sin()

    angles = rotary(config, tokens)
    x = w["model.embed_tokens.weight"][ids]
    for layer in range(config["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        h = norm(x, prefix + "input_layernorm.weight")
        q, k, v = (linear(h, f"{prefix}self_attn.{name}_proj").view(tokens, count, size).transpose(0, 1) for name, count in (("q", heads), ("k", pairs), ("v", pairs)))
        k, v = rotate(k).repeat_interleave(heads // pairs, 0), v.repeat_interleave(heads // pairs, 0)
        x = x + linear(attend(rotate(q), k, v), prefix + "self_attn.o_proj")
        h = norm(x, prefix + "post_attention_layernorm.weight")
        x = x + linear(torch.nn.functional.silu(linear(h, prefix + "mlp.gate_proj")) * linear(h, prefix + "mlp.up_proj"), prefix + "mlp.down_proj")
    return norm(x, "model.norm.weight") @ w["model.embed_tokens.weight" if config["tie_word_embeddings"] else "lm_head.weight"].T


def gpt2_weights(config, generator):
    d = config["n_embd"]
    weights = {"wte.weight": normal(generator, config["vocab_size"], d, deviation=0.8), "wpe.weight": normal(generator, config["n_positions"], d, deviation=0.4)}
    for layer in range(config["n_layer"]):
        prefix = f"h.{layer}."
        for name in ("ln_1", "ln_2"):
            weights[f"{prefix}{name}.weight"], weights[f"{prefix}{name}.bias"] = 1 + normal(generator, d), normal(generator, d)
        # The causal mask, which older files carry along.
        weights[prefix + "attn.bias"] = torch.ones(1, 1, 8, 8, dtype=torch.uint8).tril()
        for name, rows, columns in (("attn.c_attn", d, 3 * d), ("attn.c_proj", d, d), ("mlp.c_fc", d, 4 * d), ("mlp.c_proj", 4 * d, d)):
            weights[f"{prefix}{name}.weight"], weights[f"{prefix}{name}.bias"] = normal(generator, rows, columns), normal(generator, columns, deviation=0.4)
    weights["ln_f.weight"], weights["ln_f.bias"] = 1 + normal(generator, d), normal(generator, d)
    return weights


def gpt2_forward(config, w, ids):
    heads, tokens = config["n_head"], len(ids)

    def norm(x, name):
        centred = x - x.mean(-1, keepdim=True)
        return centred / torch.sqrt(centred.pow(2).mean(-1, keepdim=True) + config["layer_norm_epsilon"]) * w[name + ".weight"] + w[name + ".bias"]

    def linear(x, name):
        return x @ w[name + ".weight"] + w[name + ".bias"]

    x = w["wte.weight"][ids] + w["wpe.weight"][:tokens]
    for layer in range(config["n_layer"]):
        q, k, v = (part.view(tokens, heads, -1).transpose(0, 1) for part in linear(norm(x, f"h.{layer}.ln_1"), f"h.{layer}.attn.c_attn").chunk(3, -1))
        x = x + linear(attend(q, k, v), f"h.{layer}.attn.c_proj")
        h = linear(norm(x, f"h.{layer}.ln_2"), f"h.{layer}.mlp.c_fc")
        h = 0.5 * h * (1 + torch.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * h ** 3)))
        x = x + linear(h, f"h.{layer}.mlp.c_proj")
    return norm(x, "ln_f") @ w["wte.weight"].T


# ---- files


def save(path, weights):
    names = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.uint8: "U8"}
    header, blobs, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, tensor in weights.items():
        raw = tensor.contiguous().view(torch.int16) if tensor.element_size() == 2 else tensor.contiguous()
        blob = raw.numpy().tobytes()
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def make(name, family, config, weights, forward, dtype, template, shards=1, prefix=""):
    folder = HERE / "families" / name
    folder.mkdir(parents=True, exist_ok=True)
    file, tokenizer, tokens = family
    weights = {key: tensor if tensor.dtype == torch.uint8 else tensor.to(dtype) for key, tensor in weights.items()}
    doubles = {key: tensor.double() for key, tensor in weights.items()}
    ids = tokenizer.encode("I'd like two large lattes", False)[:12]
    expected = {
        "texts": [{"text": text, "plain": tokenizer.encode(text, False), "special": tokenizer.encode(text, True)} for text in TEXTS],
        "ids": ids,
        "logits": [[round(value, 4) for value in row] for row in forward(config, doubles, ids)[-5:].tolist()],
    }
    tokenizer_config = {**tokens, "clean_up_tokenization_spaces": False, "model_max_length": 32}
    if template:
        source = (HERE / "templates" / template).read_text()
        tokenizer_config["chat_template"] = source
        names = {key: token["content"] if isinstance(token, dict) else token for key, token in tokens.items()}
        expected["chats"] = []
        for chat in ("one", "three", "system", "thoughts"):
            for opens in (True, False):
                text = chats.render(source, messages=chats.CHATS[chat], add_generation_prompt=opens, **{k: v for k, v in names.items() if v is not None})
                expected["chats"].append({"messages": chats.CHATS[chat], "open": opens, "text": text, "ids": tokenizer.encode(text, True)})
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (folder / "tokenizer.json").write_text(json.dumps(file, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config, indent=1) + "\n")
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    weights = {prefix + key: tensor for key, tensor in weights.items()}
    if shards == 1:
        save(folder / "model.safetensors", weights)
        return
    keys = list(weights)
    index = {"metadata": {"total_size": sum(tensor.numel() * tensor.element_size() for tensor in weights.values())}, "weight_map": {}}
    for shard in range(shards):
        own = keys[shard * len(keys) // shards:(shard + 1) * len(keys) // shards]
        shard_file = f"model-{shard + 1:05}-of-{shards:05}.safetensors"
        save(folder / shard_file, {key: weights[key] for key in own})
        index["weight_map"].update({key: shard_file for key in own})
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")


def llama_config(family, architecture, model_type, **more):
    return {"architectures": [architecture], "model_type": model_type, "hidden_act": "silu", "hidden_size": 16, "intermediate_size": 20, "num_hidden_layers": 2,
            "num_attention_heads": 4, "num_key_value_heads": 4, "vocab_size": len(family[1].vocabulary) + 6, "max_position_embeddings": 32, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
            "tie_word_embeddings": True, "use_cache": True, "transformers_version": "4.43.0", **more}


def main():
    generator = torch.Generator().manual_seed(4)
    family = gpt2()
    config = {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "activation_function": "gelu_new", "attn_pdrop": 0.1, "embd_pdrop": 0.1, "resid_pdrop": 0.1, "n_embd": 16, "n_head": 2,
              "n_layer": 2, "n_positions": 32, "n_ctx": 32, "n_inner": None, "layer_norm_epsilon": 1e-5, "vocab_size": len(family[1].vocabulary) + 4, "summary_type": "cls_index",
              "bos_token_id": len(family[1].vocabulary), "eos_token_id": len(family[1].vocabulary)}
    make("gpt2", family, config, gpt2_weights(config, generator), gpt2_forward, torch.float16, None)

    family = sentencepiece()
    config = llama_config(family, "LlamaForCausalLM", "llama", rope_scaling={"type": "linear", "factor": 2.5}, tie_word_embeddings=False, bos_token_id=1, eos_token_id=2, torch_dtype="float16")
    make("llama2", family, config, llama_weights(config, generator, False), llama_forward, torch.float16, "llama2-chat.jinja", shards=2)

    family = llama3()
    first = len(family[1].vocabulary)
    scaling = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
    config = llama_config(family, "LlamaForCausalLM", "llama", rope_scaling=scaling, rope_theta=500.0, num_attention_heads=2, num_key_value_heads=1,
                          bos_token_id=first, eos_token_id=[first + 1, first + 4], torch_dtype="bfloat16")
    make("llama3", family, config, llama_weights(config, generator, False), llama_forward, torch.bfloat16, "llama3-instruct.jinja")

    family = qwen2()
    config = llama_config(family, "Qwen2ForCausalLM", "qwen2", num_key_value_heads=2, rope_theta=1000000.0, rms_norm_eps=1e-6, sliding_window=4096, use_sliding_window=False, max_window_layers=2,
                          bos_token_id=len(family[1].vocabulary), eos_token_id=len(family[1].vocabulary) + 2, torch_dtype="bfloat16")
    make("qwen2", family, config, llama_weights(config, generator, True), llama_forward, torch.bfloat16, "qwen2-instruct.jinja")

    file, tokenizer, _ = sentencepiece(metaspace=True)
    expected = {"pre_tokenizer": file["pre_tokenizer"], "texts": [{"text": text, "plain": tokenizer.encode(text, False), "special": tokenizer.encode(text, True)} for text in TEXTS]}
    (HERE / "families" / "metaspace.json").write_text(json.dumps(expected, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
