# SPDX-License-Identifier: MIT
"""Writes odd.safetensors: odd and broken pictures and what Pillow makes of them.

For each picture there is "file/NAME", its bytes, and "rgb/NAME", its pixels h x w x 3. The
latter is not there if Pillow refuses the file, or misreads it and so must we refuse it.
Run in this folder with Pillow 13, numpy and safetensors.
"""

import io
import itertools
import struct
import zlib

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

rng = np.random.default_rng(11)
out = {}


def keep(name, data, misread=False):
    out["file/" + name] = np.frombuffer(bytes(data), np.uint8).copy()
    try:
        with Image.open(io.BytesIO(data)) as im:
            pixels = np.asarray(im.convert("RGB")).copy()
    except Exception:
        return
    if not misread:
        out["rgb/" + name] = pixels


def scene(w, h, bands=3):
    y, x = np.mgrid[0:h, 0:w]
    planes = [128 + 90 * np.sin((x * (b + 1) + 2 * y) / 5.0) + rng.normal(0, 9, (h, w)) for b in range(bands)]
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def saved(image, kind, **options):
    f = io.BytesIO()
    image.save(f, kind, **options)
    return f.getvalue()


REVERSED = bytes(int("{:08b}".format(i)[::-1], 2) for i in range(256))


def packbits(b):
    return b"".join(bytes([len(b[i : i + 100]) - 1]) + b[i : i + 100] for i in range(0, len(b), 100))


def tiff(tags, segments, order="<", big=False, tiled=False, magic=None):
    """Puts strips or tiles and a directory together; tags are number: (type, values)."""
    sizes, codes = {1: 1, 3: 2, 4: 4, 5: 4, 7: 1, 16: 8}, {1: "B", 3: "H", 4: "I", 5: "I", 7: "B", 16: "Q"}
    word = "Q" if big else "I"
    head = (b"II" if order == "<" else b"MM") + (struct.pack(order + "HHHQ", 43, 8, 0, 0) if big else struct.pack(order + "HI", 42, 0))
    data = bytearray((magic or head)[:4] + head[4:])
    offsets = []
    for s in segments:
        offsets.append(len(data))
        data += s + b"\0" * (len(s) % 2)
    tags = dict(tags)
    tags[324 if tiled else 273] = (16 if big else 4, offsets)
    tags[325 if tiled else 279] = (16 if big else 4, [len(s) for s in segments])
    struct.pack_into(order + word, data, 8 if big else 4, len(data))
    width = struct.calcsize("<" + word)
    behind = len(data) + (8 if big else 2) + len(tags) * (4 + 2 * width) + width
    entries, more = b"", b""
    for tag in sorted(tags):
        kind, values = tags[tag]
        b = struct.pack(order + codes[kind] * len(values), *values)
        count = len(values) // (2 if kind == 5 else 1)
        if len(b) > width:
            b, more = struct.pack(order + word, behind + len(more)), more + b + b"\0" * (len(b) % 2)
        entries += struct.pack(order + "HH" + word, tag, kind, count) + b.ljust(width, b"\0")
    return bytes(data) + struct.pack(order + ("Q" if big else "H"), len(tags)) + entries + struct.pack(order + word, 0) + more


def rows(block, depth, order, form, predictor):
    for row in block:
        if predictor == 2:
            row = row.astype(np.int64)
            row[1:] = (row[1:] - row[:-1]) % (1 << depth)
        if predictor == 3:
            planes = np.frombuffer(row.astype(">f4").tobytes(), np.uint8).reshape(-1, 4).T.reshape(-1).astype(int)
            planes[1:] -= planes[:-1].copy()
            yield (planes % 256).astype(np.uint8).tobytes()
        elif depth < 8 or depth == 12:
            bits = (row.reshape(-1, 1).astype(int) >> np.arange(depth)[::-1]) & 1
            yield np.packbits(bits.astype(np.uint8).reshape(-1)).tobytes()
        else:
            yield row.astype(order + {1: "u", 2: "i", 3: "f"}[form] + str(depth // 8)).tobytes()


def tif(name, pixels, depth, photometric, compression=1, planar=1, tile=None, strip=None, order="<", form=1, extra=(),
        predictor=1, fill=1, big=False, magic=None, misread=False, more={}):
    h, w, samples = pixels.shape
    tags = {256: (4, [w]), 257: (4, [h]), 258: (3, [depth] * samples), 259: (3, [compression]), 262: (3, [photometric]),
            277: (3, [samples]), 284: (3, [planar]), 266: (3, [fill]), 317: (3, [predictor]), 339: (3, [form] * samples)}
    if extra:
        tags[338] = (3, list(extra))
    tw, th = tile or (w, strip or h)
    if tile:
        tags.update({322: (3, [tw]), 323: (3, [th])})
    else:
        tags[278] = (3, [th])
    segments = []
    for plane in [pixels] if planar == 1 else np.split(pixels, samples, -1):
        for y, x in itertools.product(range(0, h, th), range(0, w, tw)):
            block = plane[y : y + th, x : x + tw]
            if tile:
                block = np.pad(block, ((0, th - block.shape[0]), (0, tw - block.shape[1]), (0, 0)))
            raw = b"".join(rows(block, depth, order, form, predictor))
            if compression == 7:
                raw = saved(Image.fromarray(block[..., 0] if block.shape[2] == 1 else block), "jpeg", quality=80)
            raw = {8: zlib.compress, 32773: packbits}.get(compression, bytes)(raw)
            segments.append(raw.translate(REVERSED) if fill == 2 else raw)
    keep("tiff_" + name, tiff({**tags, **more}, segments, order, big, bool(tile), magic), misread)


def tiffs():
    w, h = 21, 18
    p, wide = scene(w, h), rng.integers(0, 65536, (h, w, 4))
    alpha = np.concatenate([scene(w, h, 3), rng.integers(0, 256, (h, w, 1)).astype(np.uint8)], -1)
    wide[:4, :, 3] = 0
    small = rng.integers(0, 400, (h, w, 1))
    real = rng.random((h, w, 1)) * 300 - 20
    tile = (16, 16)
    for compression in (1, 8):
        tif("tiles_planar_%d" % compression, p, 8, 2, compression, 2, tile)
        tif("tiles_%d" % compression, p, 8, 2, compression, 1, tile)
        tif("planar_%d" % compression, p, 8, 2, compression, 2, strip=5)
        tif("planar_alpha_%d" % compression, alpha, 8, 2, compression, 2, strip=5, extra=(2,))
        tif("cmyk_%d" % compression, scene(w, h, 4), 8, 5, compression)
        tif("cmyk_planar_%d" % compression, scene(w, h, 4), 8, 5, compression, 2)
        tif("premultiplied_%d" % compression, alpha, 8, 2, compression, extra=(1,))
        for order in "<>":
            end = "_%d_%s" % (compression, "le" if order == "<" else "be")
            tif("cmyk16" + end, wide, 16, 5, compression, order=order)
            tif("premultiplied16" + end, wide, 16, 2, compression, order=order, extra=(1,), tile=tile)
            tif("rgb16" + end, wide[..., :3], 16, 2, compression, order=order)
            tif("planar16" + end, wide[..., :3], 16, 2, compression, 2, order=order, misread=compression == 1)
            swapped = compression == 8 and order == ">"
            tif("float" + end, real, 32, 1, compression, order=order, form=3, misread=swapped)
            tif("int16" + end, small - 100, 16, 1, compression, order=order, form=2, misread=swapped)
            tif("int32" + end, small - 100, 32, 1, compression, order=order, form=2, misread=swapped)
            tif("uint16" + end, small, 16, 1, compression, order=order)
        for depth in (1, 2, 4):
            values = rng.integers(0, 1 << depth, (h, w, 1))
            for photometric in (0, 1):
                tif("grey%d_%d_%d" % (depth, photometric, compression), values, depth, photometric, compression, strip=7)
                tif("grey%d_%d_%d_fill" % (depth, photometric, compression), values, depth, photometric, compression, fill=2)
            tif("palette%d_%d" % (depth, compression), values, depth, 3, compression, more={320: (3, list(range(99, 99 + (3 << depth) * 700, 700)))})
        tif("grey12_%d" % compression, rng.integers(0, 300, (h, w, 1)), 12, 1, compression)
        tif("uint32_%d" % compression, small, 32, 1, compression)
        tif("white16_%d" % compression, small, 16, 0, compression)
        tif("white8_%d" % compression, p[..., :1], 8, 0, compression)
        tif("signed8_%d" % compression, p[..., :1].astype(np.int8), 8, 1, compression, form=2)
        tif("grey_alpha_%d" % compression, alpha[..., 2:], 8, 1, compression, extra=(2,))
        tif("grey_premultiplied_%d" % compression, alpha[..., 2:], 8, 1, compression, extra=(1,))
        tif("rgb_extra_%d" % compression, np.concatenate([alpha, p[..., :1]], -1), 8, 2, compression, extra=(1, 0))
        tif("lab_%d" % compression, p, 8, 8, compression, misread=True)
        tif("big_%d" % compression, p, 8, 2, compression, big=True, strip=6)
        tif("ycc_%d" % compression, p, 8, 6, compression, more={530: (3, [1, 1])})
    tif("ycc_subsampled_raw", p, 8, 6, more={530: (3, [2, 2])}, misread=True)
    tif("planar_packbits", p, 8, 2, 32773, 2)
    tif("planar_white", p[..., :1], 8, 0, 1, 2, misread=True)
    tif("swapped_magic", p, 8, 2, magic=b"II\0\x2a")
    tif("predictor16", wide[..., :3], 16, 2, 8, predictor=2, tile=tile, order=">")
    tif("predictor16_planar", wide[..., :3], 16, 2, 8, 2, predictor=2, strip=5)
    tif("predictor_float", real, 32, 1, 8, form=3, predictor=3)
    tif("predictor_4_bits", rng.integers(0, 16, (h, w, 1)), 4, 1, 8, predictor=2)
    tif("all_rows_in_strip", p, 8, 2, more={278: (4, [2**32 - 1])})
    tif("strips_missing", p, 8, 2, 8, strip=9, more={278: (3, [3])})
    tif("samples_differ", p, 8, 2, more={258: (3, [8, 8, 16])})
    for name, t in (("strips", None), ("tiles", (16, 16))):
        tif("jpeg_ycc_" + name, p, 8, 6, 7, tile=t, strip=None if t else 8, more={530: (3, [2, 2])})
        tif("jpeg_grey_" + name, p[..., :1], 8, 1, 7, tile=t, strip=None if t else 8)
    for mode in ("RGB", "L", "CMYK", "YCbCr"):
        keep("tiff_jpeg_pillow_%s" % mode.lower(), saved(Image.fromarray(p).convert(mode), "tiff", compression="jpeg"))
    for name in ("group3", "group4"):
        keep("tiff_%s" % name, saved(Image.fromarray(p[..., 0] > 128), "tiff", compression=name, tiffinfo={262: 1}))
    for (a, b), more in itertools.product(((2, 2), (4, 1), (1, 2), (4, 4)), ({}, {529: (5, [2126, 10000, 7152, 10000, 722, 10000])}, {532: (5, [16, 1, 235, 1, 128, 1, 240, 1, 128, 1, 240, 1])})):
        size = -(-w // a) * (a * b + 2)
        blocks = rng.integers(0, 256, -(-h // b) * size).astype(np.uint8).tobytes()
        tags = {256: (4, [w]), 257: (4, [h]), 258: (3, [8] * 3), 259: (3, [8]), 262: (3, [6]), 277: (3, [3]), 530: (3, [a, b]), 278: (3, [h])}
        keep("tiff_ycc_%dx%d_%s" % (a, b, "".join(map(str, more))), tiff({**tags, **more}, [zlib.compress(blocks)]))


def jpegs():
    photo = Image.fromarray(scene(37, 29))
    for name, data in (
        ("420", saved(photo, "jpeg", quality=85, progressive=True)),
        ("444", saved(photo, "jpeg", quality=60, progressive=True, subsampling=0)),
        ("grey", saved(photo.convert("L"), "jpeg", quality=85, progressive=True)),
        ("restart", saved(photo, "jpeg", quality=85, progressive=True, restart_marker_blocks=3)),
    ):
        scans = [i for i in range(len(data)) if data[i : i + 2] == b"\xff\xda"]
        for i, at in enumerate(scans[1:]):
            keep("jpeg_%s_scans_%d" % (name, i + 1), data[:at] + b"\xff\xd9")
            keep("jpeg_%s_half_%d" % (name, i + 1), data[: (scans[i] + at) // 2] + b"\xff\xd9")
        keep("jpeg_%s_no_end" % name, data[:-2])
    data = saved(photo, "jpeg", quality=75)
    plain = data
    while b"\xff\xc4" in plain:
        at = plain.index(b"\xff\xc4")
        plain = plain[:at] + plain[at + 2 + struct.unpack(">H", plain[at + 2 : at + 4])[0] :]
    keep("jpeg_no_tables", plain)
    for quality in range(62, 94, 5):
        data = saved(photo, "jpeg", quality=quality)
        keep("jpeg_no_end_%d" % quality, data[:-2])
        keep("jpeg_no_end_%d_tail" % quality, data[:-2] + bytes(quality % 9))


def pngs():
    def chunk(kind, data, crc=None):
        return struct.pack(">I", len(data)) + kind + data + (struct.pack(">I", zlib.crc32(kind + data)) if crc is None else crc)

    w, h = 13, 9
    start, end = b"\x89PNG\r\n\x1a\n", chunk(b"IEND", b"")
    raw = b"".join(b"\0" + row.tobytes() for row in scene(w, h))
    z = zlib.compress(raw)
    header, pixels = chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)), chunk(b"IDAT", z)
    for name, data in (
        ("no_end", header + pixels),
        ("no_end_no_checksum", header + pixels[:-4]),
        ("half_end", header + pixels + end[:6]),
        ("behind_end", header + pixels + end + b"and more"),
        ("garbage_for_end", header + pixels + b"garbage and more"),
        ("pixels_checksum", header + chunk(b"IDAT", z, b"abcd") + end),
        ("text_checksum", header + pixels + chunk(b"tEXt", b"a\0b", b"abcd") + end),
        ("early_text_checksum", header + chunk(b"tEXt", b"a\0b", b"abcd") + pixels + end),
        ("header_checksum", header[:-1] + b"x" + pixels + end),
        ("text_cut", header + pixels + chunk(b"tEXt", b"a\0b" * 9)[:-9]),
        ("many_parts", header + b"".join(chunk(b"IDAT", z[i : i + 7]) for i in range(0, len(z), 7)) + end),
        ("more_rows", header + chunk(b"IDAT", zlib.compress(raw + bytes(500))) + end),
        ("row_missing", header + chunk(b"IDAT", zlib.compress(raw[:-17])) + end),
        ("no_sum", header + chunk(b"IDAT", z[:-4]) + end),
        ("wrong_sum", header + chunk(b"IDAT", z[:-4] + b"abcd") + end),
        ("data_behind", header + chunk(b"IDAT", z + b"abcd") + end),
        ("animated", header + chunk(b"acTL", struct.pack(">II", 1, 0)) + chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, w, h, 0, 0, 1, 1, 0, 0)) + pixels + end),
        ("short_transparency", header + chunk(b"tRNS", b"\0\1") + pixels + end),
        ("filter", header + chunk(b"IDAT", zlib.compress(b"\7" + raw[1:])) + end),
    ):
        keep("png_" + name, start + data)
    indices = zlib.compress(b"".join(b"\0" + bytes((x + y) % 9 for x in range(w)) for y in range(h)))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 3, 0, 0, 0))
    for n in (0, 3, 9, 10):
        keep("png_palette_%d" % n, start + header + (chunk(b"PLTE", bytes(range(100, 100 + n))) if n else b"") + chunk(b"IDAT", indices) + end)


def bmps():
    def bmp(name, w, h, bits, pixels, compression=0, colors=0, palette=b"", size=40, gap=b"", at=None, misread=False):
        if size == 12:
            head = struct.pack("<IHHHH", 12, w, h, 1, bits)
        else:
            head = struct.pack("<IiiHHIIiiII", size, w, h, 1, bits, compression, len(pixels), 0, 0, colors, 0).ljust(size, b"\0")
        at = 14 + len(head) + len(palette) + len(gap) if at is None else at
        keep("bmp_" + name, b"BM" + struct.pack("<IHHI", 0, 0, 0, at) + head + palette + gap + pixels, misread)

    def palette(n, size=4):
        return rng.integers(0, 256, n * size).astype(np.uint8).tobytes()

    greys = b"".join(bytes([i] * 4) for i in range(256))
    w, h = 13, 5
    for bits in (1, 4, 8, 24):
        pixels = rng.integers(0, 256, (w * bits + 31) // 32 * 4 * h).astype(np.uint8).tobytes()
        n = 1 << bits if bits < 9 else 0
        bmp("os2_%d" % bits, w, h, bits, pixels, palette=palette(n, 3), size=12)
        bmp("os2v2_%d" % bits, w, h, bits, pixels, palette=palette(n), size=64)
        bmp("gap_%d" % bits, w, h, bits, pixels, palette=palette(n), gap=b"abcde")
        bmp("no_offset_%d" % bits, w, -h, bits, pixels, palette=palette(n), at=0)
        bmp("v5_%d" % bits, w, h, bits, pixels, palette=palette(n), size=124)
        bmp("cut_%d" % bits, w, h, bits, pixels[:-4], palette=palette(n))
        if bits < 9:
            bmp("few_colors_%d" % bits, w, h, bits, pixels, colors=2, palette=palette(2))
            bmp("greys_%d" % bits, w, h, bits, pixels, palette=greys[: 4 * n], misread=bits == 4)
            bmp("black_white_%d" % bits, w, h, bits, pixels, colors=2, palette=bytes(4) + b"\xff" * 4, misread=bits != 1)
    runs = b"\x05\x12\x00\x03abc\0\x05\x34\0\0" + b"\x0d\x56\0\0" + b"\0\x04wxyz\x02\x78\0\2\3\0\x04\x9a\0\0" + b"\x20\xbc\0\0" + b"\x0d\xde\0\1"
    for height in (h, -h):
        bmp("rle8_%d" % height, w, height, 8, runs, 1, palette=palette(256))
        bmp("rle8_greys_%d" % height, w, height, 8, runs, 1, palette=greys)
    bmp("rle8_early_end", w, h, 8, runs[:20] + b"\0\1", 1, palette=palette(256))
    bmp("rle8_cut", w, h, 8, runs[:20], 1, palette=palette(256))
    runs = b"\x05\x12\x00\x03\xab\xc0\x05\x34\0\0" + b"\x0d\x56\0\0" + b"\0\x05wxyz\x02\x78\0\2\3\0\x04\x9a\0\0" + b"\x20\xbc\0\0" + b"\x0d\xde\0\1"
    bmp("rle4", w, h, 4, runs, 2, palette=palette(16))
    bmp("rle4_odd_start", w, h, 4, runs, 2, palette=palette(16), gap=b"a")
    bmp("rle_24", w, h, 24, runs, 1)
    bmp("jpeg_inside", w, h, 24, runs, 4)


def webps():
    def frames(bands, **options):
        images = [Image.fromarray(scene(20, 14, bands)) for _ in range(2)]
        return saved(images[0], "webp", save_all=True, append_images=images[1:], **options)

    for bands, options in ((3, {}), (4, {}), (3, {"lossless": True}), (4, {"lossless": True})):
        data = bytearray(frames(bands, **options))
        name = "%d%s" % (bands, "_lossless" if options else "")
        keep("webp_animated_" + name, data)
        keep("webp_animated_cut_" + name, data[: len(data) // 3])
        head, frame = data.index(b"VP8X"), data.index(b"ANMF")
        data[head + 12 : head + 18] = struct.pack("<I", 29)[:3] + struct.pack("<I", 24)[:3]
        data[frame + 8 : frame + 14] = struct.pack("<I", 3)[:3] + struct.pack("<I", 4)[:3]
        keep("webp_animated_part_" + name, data)
    data = bytearray(saved(Image.fromarray(scene(20, 14, 4)), "webp"))
    data[data.index(b"VP8X") + 8] = 0
    keep("webp_alpha_not_said", data)


def gifs():
    data = saved(Image.fromarray(scene(21, 14)).quantize(19), "gif")
    at = 13 + (3 << (data[10] & 7) + 1)
    rest = data[data.index(b",", at) :]
    ramp = b"".join(bytes([i] * 3) for i in range(16))
    for name, head, palette in (("none", 0x70, b""), ("short", 0xF1, bytes(range(12))), ("ramp", 0xF3, ramp)):
        for local, flags, more in (("", 0, b""), ("_local", 0x84, bytes(range(100, 196))), ("_local_ramp", 0x83, ramp)):
            file = data[:10] + bytes([head, 0, 0]) + palette + rest[:9] + bytes([flags]) + more + rest[10:]
            keep("gif_palette_%s%s" % (name, local), file, misread=name == "short" and local == "_local_ramp")
    keep("gif_no_end", data[:-2])
    keep("gif_cut_block", data[:-9])
    keep("gif_long_control", data[:at] + b"!\xf9\x05\1\0\0\3\0\0" + rest)
    keep("gif_short_control", data[:at] + b"!\xf9\x03\1\0\0\0" + rest)
    keep("gif_no_rows", data[:at] + rest[:7] + b"\0\0" + rest[9:])


def damaged():
    """Files with a few wrong bits, whose coefficients overflow or are where none can be."""
    for name, options in (("sequential", {}), ("progressive", {"progressive": True})):
        data = saved(Image.fromarray(scene(24, 16)), "jpeg", quality=85, **options)
        start = data.index(b"\xff\xda") + 14
        for i in range(24):
            b = bytearray(data)
            for at in rng.integers(start, len(b) - 2, 3):
                b[at] ^= 1 << int(rng.integers(8))
            keep("jpeg_damaged_%s_%d" % (name, i), b)
    data = bytearray(saved(Image.fromarray(scene(24, 16)), "jpeg"))
    frame, scan = data.index(b"\xff\xc0") + 10, data.index(b"\xff\xda") + 5
    for i in range(3):
        data[frame + 3 * i] = data[scan + 2 * i] = 1
    keep("jpeg_same_components", data)
    keep("jpeg_second_scan", data[:-2] + data[scan - 5 :])
    keep("jpeg_no_marker", data[:2] + b"\xff\x70\0\2" + data[2:])
    keep("jpeg_empty_marker", data[:2] + b"\xff\xfe\0\0" + data[2:])


for make in (tiffs, jpegs, pngs, bmps, webps, gifs, damaged):
    make()
save_file(out, "odd.safetensors")
