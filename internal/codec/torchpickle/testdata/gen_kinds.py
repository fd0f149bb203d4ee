# SPDX-License-Identifier: MIT
# Writes many kinds of files with torch.save into a folder, and in want.json what
# torch.load(weights_only=True) makes of each, or why it refuses it.
import torch, json, io, sys, os, collections, warnings, pickle, datetime, zipfile
warnings.simplefilter('ignore')
out = sys.argv[1]
os.makedirs(out, exist_ok=True)
torch.manual_seed(0)

def enc(v):
    if isinstance(v, torch.Tensor):
        if v.is_quantized or v.layout != torch.strided or v.device.type == 'meta':
            return {'odd': True}
        d = v.detach().resolve_conj().resolve_neg().contiguous()
        return {'t': str(d.dtype), 's': list(d.shape), 'b': bytes(d.reshape(-1).view(torch.uint8).tolist() if d.numel() and d.dim() else d.reshape(1).view(torch.uint8).tolist() if d.numel() else []).hex()}
    if isinstance(v, bool):
        return {'bool': v}
    if isinstance(v, int):
        return {'int': str(v)}
    if isinstance(v, float):
        return {'float': v.hex()}
    if isinstance(v, complex):
        return {'complex': [v.real.hex(), v.imag.hex()]}
    if isinstance(v, str):
        return {'str': v}
    if isinstance(v, (bytes, bytearray)):
        return {'bytes': bytes(v).hex()}
    if v is None:
        return {'none': True}
    if isinstance(v, dict):
        return {'dict': [[enc(k), enc(x)] for k, x in v.items()]}
    if isinstance(v, (list, tuple, torch.Size)):
        return {'list': [enc(x) for x in v]}
    if isinstance(v, set):
        return {'set': sorted((json.dumps(enc(x)) for x in v))}
    if isinstance(v, (torch.dtype, torch.device, torch.layout)):
        return {'str': str(v)}
    if isinstance(v, (torch.storage.TypedStorage, torch.UntypedStorage)):
        return {'storage': True}
    return {'?': str(type(v))}
man = {}

def save(name, obj, **kw):
    p = f'{out}/{name}.pth'
    try:
        torch.save(obj, p, **kw)
    except Exception as e:
        print('cannot save', name, e)
        return
    try:
        want = enc(torch.load(p, weights_only=True, map_location='cpu'))
        man[name] = {'OK': want}
    except Exception as e:
        man[name] = {'Err': str(e)[:150]}
for k in dir(torch):
    d = getattr(torch, k)
    if isinstance(d, torch.dtype):
        try:
            t = torch.randint(0, 100, (2, 3)).to(d)
        except Exception:
            try:
                t = torch.randint(0, 255, (2, 3), dtype=torch.uint8).view(d)
            except Exception as e:
                continue
        save('dtype_' + str(d).replace('torch.', ''), {'w': t, 'd': d})
base = torch.arange(60.0).reshape(3, 4, 5)
save('views', {'a': base[1], 'b': base[:, 1:3, ::2], 'c': base.permute(2, 0, 1), 'd': base.T if False else base.transpose(0, 2), 'e': base[2, 3, 4], 'f': base.expand(2, 3, 4, 5), 'g': base[:0], 'h': torch.empty(0, 3), 'i': torch.tensor(3.5), 'j': base.reshape(-1)[7:20:3], 'k': base.flip(0), 'l': torch.empty_strided((2, 2), (10, 3)).fill_(2)})
s = torch.randn(4, 4)
save('shared', {'x': s, 'y': s, 'z': s[1:], 't': s.t()})

class Net(torch.nn.Module):

    def __init__(self):
        super().__init__()
        self.l = torch.nn.Linear(3, 2)
        self.bn = torch.nn.BatchNorm1d(2)
        self.buf = torch.nn.Buffer(torch.ones(2))
        self.register_buffer('none', None)

    def get_extra_state(self):
        return {'v': 1, 'b': b'abc', 't': torch.ones(2)}

    def set_extra_state(self, x):
        pass
n = Net()
save('net', n.state_dict())
for opt in (torch.optim.Adam, torch.optim.SGD, torch.optim.AdamW, torch.optim.Adagrad, torch.optim.RMSprop):
    o = opt(n.parameters(), lr=0.1)
    n.bn(n.l(torch.randn(4, 3))).sum().backward()
    o.step()
    save('opt_' + opt.__name__, {'model': n.state_dict(), 'optimizer': o.state_dict(), 'epoch': 3})
save('param', {'p': torch.nn.Parameter(torch.randn(2, 2)), 'q': torch.nn.Parameter(torch.randn(2), requires_grad=False), 'b': torch.nn.Buffer(torch.randn(3)), 'r': torch.randn(2, requires_grad=True)})
pp = torch.nn.Parameter(torch.randn(2))
pp.extra = 'attr'
save('param_attr', {'p': pp})
tt = torch.randn(2)
tt.note = 'x'
save('tensor_attr', {'p': tt})
vals = {'none': None, 't': True, 'f': False, 'i': 5, 'big': 2 ** 70, 'neg': -2 ** 63, 'fl': 1.5, 'inf': float('inf'), 'c': 3 + 4j, 'b': b'\x00\xffabc', 'ba': bytearray(b'\x01\x80'), 's': 'é𝄞', 'l': [1, [2]], 'tu': (1, (2, 3)), 'set': {1, 2, 3}, 'es': set(), 'sz': torch.Size([2, 3]), 'dev': torch.device('cuda:1'), 'dt': torch.bfloat16, 'lay': torch.strided, 'od': collections.OrderedDict(a=1), 'cn': collections.Counter('aab'), 'tk': {(1, 'a'): 2, (1, (2, 3)): 3}, 'ik': {1: 2, 2.5: 3, None: 4, True: 9}, 'bk': {b'k': 1}, 'long': 'x' * 300, 'e': (), 'el': [], 'ed': {}}
save('values', vals)
for k, v in vals.items():
    save('value_' + k, {'v': v})
for p in (2, 3, 4, 5):
    save(f'proto{p}', {**{k: v for k, v in vals.items() if k not in ()}, 'w': base}, pickle_protocol=p)
save('emptybytes', {'b': b''})
save('legacy', {'w': base, 'v': base[1:], 'n': vals, 'c': torch.complex(base, base)}, _use_new_zipfile_serialization=False)
save('legacy_u16', {'w': torch.tensor([1, 65535]).to(torch.uint16), 'f8': torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn)}, _use_new_zipfile_serialization=False)
save('complex_net', {'state_dict': {'w': torch.complex(base, -base), 'h': torch.ones(2)}})
save('conj', {'w': torch.complex(base, base).conj(), 'n': torch.complex(base, base).conj().imag})
save('sparse', {'w': torch.eye(3).to_sparse(), 'csr': torch.eye(3).to_sparse_csr(), 'd': torch.ones(2)})
save('quant', {'w': torch.quantize_per_tensor(torch.randn(3), 0.1, 0, torch.qint8), 'pc': torch.quantize_per_channel(torch.randn(2, 3), torch.ones(2), torch.zeros(2), 0, torch.quint8), 'd': torch.ones(2)})
save('meta', {'w': torch.empty(2, device='meta'), 'd': torch.ones(2)})
save('storage', {'s': base.untyped_storage(), 't': base.storage(), 'd': torch.ones(2)})
save('date', {'d': datetime.date(2024, 1, 1), 'w': base})
import argparse
save('ns', {'args': argparse.Namespace(a=1), 'w': base})
import numpy as np
save('np', {'a': np.float64(1.5), 'w': base})
save('nparr', {'a': np.ones(3), 'w': base})
save('module', n)
save('tensor', base)
save('listoftensors', [base, base[0]])
l = []
l.append(l)
save('selfref', {'l': l})
sd = torch.nn.Linear(2, 2).state_dict()
save('averaged', torch.optim.swa_utils.AveragedModel(torch.nn.Linear(2, 2)).state_dict())
save('lightning', {'epoch': 1, 'global_step': 5, 'pytorch-lightning_version': '2.0', 'state_dict': {'model.' + k: v for k, v in sd.items()}, 'callbacks': {"ModelCheckpoint{'monitor': None}": {'best': torch.tensor(0.5)}}, 'optimizer_states': [{'state': {}, 'param_groups': []}], 'lr_schedulers': [], 'hparams_name': 'kwargs', 'hyper_parameters': {'lr': 0.1}})
save('views8', {'w': torch.arange(20, dtype=torch.float32).to(torch.float8_e5m2)[3:17:2], 'u': torch.arange(20).to(torch.uint32).reshape(4, 5).t()})
try:
    torch.serialization.set_default_load_endianness(torch.serialization.LoadEndianness.NATIVE)
    torch.serialization.set_default_load_endianness(None)
except Exception as e:
    print(e)
src = f'{out}/bigsrc.pth'
torch.save({'w': base, 'c': torch.complex(base, base), 'i': torch.arange(3)}, src)
z = zipfile.ZipFile(src)
b = zipfile.ZipFile(f'{out}/big.pth', 'w', zipfile.ZIP_STORED)
for f in z.namelist():
    b.writestr(f, b'big' if f.endswith('byteorder') else z.read(f))
b.close()
os.remove(src)
try:
    man['big'] = {'OK': enc(torch.load(f'{out}/big.pth', weights_only=True))}
except Exception as e:
    man['big'] = {'Err': str(e)[:150]}
lg = open(f'{out}/legacy.pth', 'rb').read()
import re
lb = lg.replace(b'little_endianq\x02\x88', b'little_endianq\x02\x89')
print('legacy BE differs', lb != lg)
open(f'{out}/legacy_big.pth', 'wb').write(lb)
try:
    man['legacy_big'] = {'OK': enc(torch.load(f'{out}/legacy_big.pth', weights_only=True))}
except Exception as e:
    man['legacy_big'] = {'Err': str(e)[:150]}
json.dump(man, open(f'{out}/want.json', 'w'))
print(len(man), [k for k, v in man.items() if 'Err' in v])
