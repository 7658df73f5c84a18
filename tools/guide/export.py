"""Writes a trained guide as an MLC model folder: config, tensor cache, shards, tokenizer, golden values, manifest, card."""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch

from data import DEFAULT_SYSTEM
from model import Config, Llama
from tokenizer import END_ID, PAD_ID, START_ID

OUTPUT_DIR = Path(__file__).resolve().parents[2] / 'public' / 'models' / 'weft-guide'
GOLDEN_COPY = Path(__file__).resolve().parent / 'golden.json'
SHARD_BYTES = 4 * 1024 * 1024
MAX_TOTAL_BYTES = 8_000_000
GOLDEN_CHATS = (
    (('user', 'What is Weft?'),),
    (('system', DEFAULT_SYSTEM), ('user', 'is my chat private')),
    (('user', 'hello'), ('assistant', 'Hello.'), ('user', 'Which browser do I need?')),
)


def corpus_digest(folder):
    """SHA-256 over the corpus files in name order."""
    digest = hashlib.sha256()
    for path in sorted(Path(folder).glob('*.txt')):
        digest.update(path.name.encode() + b'\0' + path.read_bytes())
    return digest.hexdigest()


def chat_config(config):
    """The content of `mlc-chat-config.json` (fields of MLC's MLCChatConfig and Conversation)."""
    return {
        'version': '0.1.0',
        'model_type': 'llama',
        'quantization': 'q0f16',
        'model_config': {
            'hidden_size': config.hidden_size,
            'intermediate_size': config.intermediate_size,
            'num_attention_heads': config.num_attention_heads,
            'num_hidden_layers': config.num_hidden_layers,
            'rms_norm_eps': config.rms_norm_eps,
            'vocab_size': config.vocab_size,
            'tie_word_embeddings': True,
            'position_embedding_base': config.rope_theta,
            'rope_scaling': None,
            'context_window_size': config.context_window_size,
            'prefill_chunk_size': 256,
            'num_key_value_heads': config.num_key_value_heads,
            'head_dim': config.head_dim,
            'tensor_parallel_shards': 1,
            'pipeline_parallel_stages': 1,
            'max_batch_size': 1,
            'disaggregation': False,
        },
        'vocab_size': config.vocab_size,
        'context_window_size': config.context_window_size,
        'sliding_window_size': -1,
        'prefill_chunk_size': 256,
        'attention_sink_size': -1,
        'tensor_parallel_shards': 1,
        'pipeline_parallel_stages': 1,
        'active_vocab_size': config.vocab_size,
        'temperature': 0.2,
        'presence_penalty': 0.0,
        'frequency_penalty': 0.0,
        'repetition_penalty': 1.0,
        'top_p': 0.9,
        'tokenizer_files': ['tokenizer.json', 'tokenizer_config.json'],
        'tokenizer_info': {
            'token_postproc_method': 'byte_level',
            'prepend_space_in_encode': False,
            'strip_space_in_decode': False,
        },
        'conv_template': {
            'name': 'chatml',
            'system_template': '<|im_start|>system\n{system_message}<|im_end|>\n',
            'system_message': '',
            'add_role_after_system_message': True,
            'roles': {'user': '<|im_start|>user', 'assistant': '<|im_start|>assistant'},
            'role_templates': {'user': '{user_message}', 'assistant': '{assistant_message}', 'tool': '{tool_message}'},
            'messages': [],
            'seps': ['<|im_end|>\n'],
            'role_content_sep': '\n',
            'role_empty_sep': '\n',
            'stop_str': ['<|im_end|>'],
            'stop_token_ids': [END_ID, PAD_ID],
            'function_string': '',
            'use_function_calling': False,
        },
        'pad_token_id': PAD_ID,
        'bos_token_id': START_ID,
        'eos_token_id': END_ID,
    }


TOKENIZER_CONFIG = {
    'tokenizer_class': 'PreTrainedTokenizerFast',
    'add_bos_token': False,
    'add_prefix_space': False,
    'clean_up_tokenization_spaces': False,
    'model_max_length': 1024,
    'bos_token': None,
    'eos_token': '<|im_end|>',
    'pad_token': '<|endoftext|>',
    'unk_token': None,
}


def write_json(path, value, indent=2):
    """Writes JSON with a final newline."""
    path.write_text(json.dumps(value, indent=indent, ensure_ascii=False) + '\n', encoding='utf-8')


def write_tensors(parameters, folder):
    """Writes `params_shard_N.bin` and `tensor-cache.json` the way MLC's q0f16 conversion does.

    MLC passes format "f32-to-bf16" for every tensor; it acts on float32 only, so float16 data stand raw.
    """
    shards, data, records = [], b'', []

    def commit():
        nonlocal data, records
        path = folder / f'params_shard_{len(shards)}.bin'
        path.write_bytes(data)
        shards.append({
            'dataPath': path.name, 'format': 'raw-shard', 'nbytes': len(data), 'records': records,
            'md5sum': hashlib.md5(data).hexdigest(),
        })
        data, records = b'', []

    for name, tensor in parameters.items():
        raw = tensor.detach().numpy().astype('<f2').tobytes()
        if data and len(data) + len(raw) > SHARD_BYTES:
            commit()
        records.append({
            'name': name, 'shape': list(tensor.shape), 'dtype': 'float16', 'format': 'f32-to-bf16', 'nbytes': len(raw),
            'byteOffset': len(data),
        })
        data += raw
    commit()
    total = sum(shard['nbytes'] for shard in shards)
    count = sum(tensor.numel() for tensor in parameters.values())
    metadata = {'ParamSize': len(parameters), 'ParamBytes': float(total), 'BitsPerParam': total * 8.0 / count}
    write_json(folder / 'tensor-cache.json', {'metadata': metadata, 'records': shards}, indent=4)


def read_model(folder):
    """Loads an exported folder back into PyTorch in float32."""
    model, state = Llama(Config()), {}
    for shard in json.loads((folder / 'tensor-cache.json').read_text())['records']:
        data = (folder / shard['dataPath']).read_bytes()
        for record in shard['records']:
            values = np.frombuffer(data, '<f2', record['nbytes'] // 2, record['byteOffset'])
            state[record['name']] = torch.from_numpy(values.astype(np.float32).reshape(record['shape']))
    model.load_state_dict(state)
    return model.eval()


def render(messages):
    """ChatML text of (role, content) pairs with an open assistant turn at the end."""
    turns = ''.join(f'<|im_start|>{role}\n{content}<|im_end|>\n' for role, content in messages)
    return f'{turns}<|im_start|>assistant\n'


def golden_values(folder, tokenizer):
    """Known answers of the exported weights: prompt ids, top five logits at the last position, 16 greedy ids."""
    model, cases = read_model(folder), []
    with torch.no_grad():
        for messages in GOLDEN_CHATS:
            prompt = render(messages)
            ids = tokenizer.encode_with_special(prompt)
            top = model.logits(model.hidden(torch.tensor([ids]))[0, -1]).topk(5)
            greedy = list(ids)
            for _ in range(16):
                greedy.append(int(model.logits(model.hidden(torch.tensor([greedy]))[0, -1]).argmax()))
            cases.append({
                'messages': [{'role': role, 'content': content} for role, content in messages],
                'promptIds': ids,
                'topIds': top.indices.tolist(),
                'topLogits': [round(value, 6) for value in top.values.tolist()],
                'greedyIds': greedy[len(ids):],
                'greedyText': tokenizer.decode(greedy[len(ids):]),
            })
    return {'version': 1, 'model': 'weft-guide', 'cases': cases}


def model_card(facts):
    """The README.md of the model folder."""
    rows = '\n'.join(f'| {name} | {value} |' for name, value in facts.items())
    return f"""# weft-guide

The small built-in guide of Weft: a llama-architecture language model of 3.7 million parameters that ships with the page
and answers before anything is downloaded. It answers short English questions about Weft, WebGPU, sharing compute, privacy
and troubleshooting, and a little small talk. It knows nothing else: it is no general assistant, it cannot look anything
up, and it is trained to say so. Its answers are learned by heart from the corpus; an unusual question can get the answer
of a neighbouring topic.

## How it was made

Trained from scratch by `tools/guide/train.py` on `tools/guide/corpus/*.txt`, which this project wrote itself; no other
text, model or data set was used. `tools/guide/README.md` says how to train it again.

Architecture: hidden 256, 5 layers, 8 heads of 32, 4 key/value heads, SwiGLU 576, RMSNorm 1e-5, RoPE 10000, tied
embedding, vocabulary 2048 (byte-level BPE, trained on the same corpus), context 1024. Weights are stored as float16
(q0f16) in MLC's format.

| training | |
| --- | --- |
{rows}

"Exact answers" counts questions whose greedy answer equals the corpus answer word for word. Held-out questions come from
wordings (whole `q:` lines) that were never trained on, with random case and punctuation; both figures are of the rounded
weights in this folder.

## Files

`mlc-chat-config.json`, `tensor-cache.json`, `params_shard_*.bin`, `tokenizer.json`, `tokenizer_config.json` as MLC lays
them out; `golden.json` holds known logits for the self-test; `weft-manifest.json` lists size and SHA-256 of every file.

Licence: Apache-2.0, weights and corpus alike.
"""


def export(model, tokenizer, folder, facts):
    """Writes the model folder and the golden copy; raises ValueError if it grows over MAX_TOTAL_BYTES."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.is_file():
            old.unlink()
    write_tensors(dict(model.named_parameters()), folder)
    tokenizer.save(folder / 'tokenizer.json')
    write_json(folder / 'tokenizer_config.json', TOKENIZER_CONFIG)
    write_json(folder / 'mlc-chat-config.json', chat_config(model.config))
    write_json(folder / 'golden.json', golden_values(folder, tokenizer))
    (folder / 'README.md').write_text(model_card(facts), encoding='utf-8')
    files = {
        path.name: {'sizeBytes': path.stat().st_size, 'sha256': hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(folder.iterdir())
    }
    write_json(folder / 'weft-manifest.json', {
        'version': 1, 'model': 'weft-guide', 'quantization': 'q0f16', 'files': files,
    })
    total = sum(path.stat().st_size for path in folder.iterdir())
    if total > MAX_TOTAL_BYTES:
        raise ValueError(f'{folder} holds {total:,} bytes, at most {MAX_TOTAL_BYTES:,} are allowed')
    if folder.resolve() == OUTPUT_DIR:
        GOLDEN_COPY.write_bytes((folder / 'golden.json').read_bytes())
    print(f'exported {total:,} bytes to {folder}', flush=True)
