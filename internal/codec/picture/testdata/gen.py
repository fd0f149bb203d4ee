# SPDX-License-Identifier: MIT
"""Writes small pictures of every kind and what Pillow makes of them.

Run in this folder with Pillow 13, numpy and safetensors; cjpeg (libjpeg-turbo) must be
on the path for the JPEGs that Pillow cannot write.
"""

import io
import pathlib
import struct
import subprocess
import zlib

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

rng = np.random.default_rng(7)
expected = {}


def scene(w, h, bands=3):
    """A picture with edges, ramps and noise, so that every coefficient is in use."""
    y, x = np.mgrid[0:h, 0:w]
    planes = []
    for b in range(bands):
        p = 128 + 90 * np.sin((x * (b + 1) + 2 * y) / 5.0) + 60 * ((x // 6 + y // 5 + b) % 2) - 30
        planes.append(np.clip(p + rng.normal(0, 12, (h, w)), 0, 255))
    return np.stack(planes, -1).astype(np.uint8)


def keep(name, data):
    """Stores a file and its pixels, h x w x 3."""
    pathlib.Path(name).write_bytes(data)
    with Image.open(io.BytesIO(data)) as im:
        expected[name] = np.asarray(im.convert("RGB")).copy()


def save(name, image, kind=None, **options):
    f = io.BytesIO()
    image.save(f, kind or name.rsplit(".")[-1], **options)
    keep(name, f.getvalue())
    return f.getvalue()


def cjpeg(name, pixels, *options, scans=None):
    ppm = b"P6 %d %d 255\n" % pixels.shape[1::-1] + pixels.tobytes()
    if scans:
        pathlib.Path("scans.txt").write_text(scans)
        options += ("-scans", "scans.txt")
    keep(name, subprocess.run(["cjpeg", *options], input=ppm, capture_output=True, check=True).stdout)
    pathlib.Path("scans.txt").unlink(missing_ok=True)


def jpegs():
    rgb = Image.fromarray(scene(37, 29))
    for sampling in ("4:4:4", "4:2:2", "4:2:0"):
        for progressive in (False, True):
            name = "jpeg_%s%s.jpeg" % (sampling.replace(":", ""), "_progressive" if progressive else "")
            save(name, rgb, subsampling=sampling, progressive=progressive, quality=90)
    for w, h in ((1, 1), (2, 2), (3, 3), (4, 5), (5, 1), (17, 2), (16, 16), (33, 16), (70, 9)):
        save("jpeg_%dx%d.jpeg" % (w, h), Image.fromarray(scene(w, h)), quality=80)
    save("jpeg_grey.jpeg", Image.fromarray(scene(37, 29)[..., 0]), quality=85)
    save("jpeg_grey_progressive.jpeg", Image.fromarray(scene(37, 29)[..., 0]), quality=85, progressive=True)
    save("jpeg_cmyk.jpeg", Image.fromarray(scene(37, 29, 4), "CMYK"), quality=90)
    save("jpeg_rgb.jpeg", rgb, quality=90, keep_rgb=True)
    save("jpeg_optimized.jpeg", rgb, quality=75, optimize=True)
    save("jpeg_q3.jpeg", rgb, quality=3)
    save("jpeg_q100.jpeg", rgb, quality=100)
    save("jpeg_restart.jpeg", rgb, quality=75, restart_marker_blocks=2)
    save("jpeg_restart_progressive.jpeg", rgb, quality=75, restart_marker_blocks=3, progressive=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    save("jpeg_exif.jpeg", rgb, quality=75, exif=exif)
    noise = rng.integers(0, 256, (24, 40, 3), dtype=np.uint8)
    save("jpeg_noise.jpeg", Image.fromarray(noise), quality=95)
    pixels = scene(37, 29)
    cjpeg("jpeg_440.jpeg", pixels, "-sample", "1x2")
    cjpeg("jpeg_411.jpeg", pixels, "-sample", "4x1")
    cjpeg("jpeg_410.jpeg", pixels, "-sample", "4x2")
    cjpeg("jpeg_mixed.jpeg", pixels, "-sample", "2x2,1x2,2x1")
    cjpeg("jpeg_440_progressive.jpeg", pixels, "-sample", "1x2", "-progressive")
    cjpeg("jpeg_scans.jpeg", pixels, "-sample", "2x2", scans="0;\n1;\n2;\n")
    cjpeg("jpeg_two_scans.jpeg", pixels, "-sample", "2x1", scans="0;\n1 2;\n")
    cjpeg("jpeg_16bit_tables.jpeg", pixels, "-quality", "1")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def png(name, samples, depth, color, palette=None, trns=None, interlaced=False):
    """samples is h x w x channels, in values of depth bits."""
    h, w = samples.shape[:2]

    def rows(s):
        out = b""
        for row in s.reshape(s.shape[0], -1):
            if depth == 16:
                packed = row.astype(">u2").tobytes()
            else:
                bits = ((row[:, None] >> np.arange(depth)[::-1]) & 1).astype(np.uint8)
                packed = np.packbits(bits.reshape(-1)).tobytes()
            out += b"\0" + packed
        return out

    data = b""
    for x, y, dx, dy in ADAM7 if interlaced else ((0, 0, 1, 1),):
        part = samples[y::dy, x::dx]
        if part.size:
            data += rows(part)
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, color, 0, 0, interlaced))
    if palette is not None:
        file += chunk(b"PLTE", palette.astype(np.uint8).tobytes())
    if trns is not None:
        file += chunk(b"tRNS", trns)
    keep(name, file + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))


def pngs():
    h, w = 11, 13
    for interlaced in (False, True):
        end = "_interlaced.png" if interlaced else ".png"
        for depth in (1, 2, 4, 8, 16):
            grey = rng.integers(0, 2**depth, (h, w, 1))
            if depth == 16:
                grey[0, :6, 0] = (0, 100, 255, 256, 300, 65535)
                grey[1:6] %= 257
            png("png_grey%d" % depth + end, grey, depth, 0, interlaced=interlaced)
            if depth <= 8:
                palette = rng.integers(0, 256, (2**depth, 3))
                png("png_palette%d" % depth + end, rng.integers(0, 2**depth, (h, w, 1)), depth, 3, palette, interlaced=interlaced)
        for depth in (8, 16):
            for color, name, bands in ((2, "rgb", 3), (4, "grey_alpha", 2), (6, "rgba", 4)):
                samples = rng.integers(0, 2**depth, (h, w, bands))
                if bands != 3:
                    samples[:3, ..., -1] = 0
                png("png_%s%d" % (name, depth) + end, samples, depth, color, interlaced=interlaced)
    palette = rng.integers(0, 256, (5, 3))
    png("png_palette_trns.png", rng.integers(0, 5, (h, w, 1)), 8, 3, palette, trns=bytes((0, 128, 255)))
    png("png_palette_short.png", rng.integers(0, 16, (h, w, 1)), 4, 3, palette)
    png("png_grey8_trns.png", rng.integers(0, 4, (h, w, 1)), 8, 0, trns=struct.pack(">H", 2))
    png("png_grey16_trns.png", rng.integers(0, 400, (h, w, 1)), 16, 0, trns=struct.pack(">H", 2))
    png("png_grey2_trns.png", rng.integers(0, 4, (h, w, 1)), 2, 0, trns=struct.pack(">H", 2))
    png("png_rgb8_trns.png", rng.integers(0, 2, (h, w, 3)), 8, 2, trns=struct.pack(">HHH", 1, 0, 1))
    png("png_rgb16_trns.png", rng.integers(0, 2, (h, w, 3)) * 1000, 16, 2, trns=struct.pack(">HHH", 1000, 0, 1000))
    save("png_pillow.png", Image.fromarray(scene(33, 20)), optimize=True)


def gifs():
    image = Image.fromarray(scene(21, 14)).quantize(19)
    save("gif_palette.gif", image, interlace=0)
    data = save("gif_interlaced.gif", image, interlace=1)
    save("gif_transparent.gif", image, transparency=3)
    save("gif_grey.gif", Image.fromarray(scene(21, 14)[..., 0]))
    save("gif_two_frames.gif", image, save_all=True, append_images=[Image.new("P", (21, 14), 3)])
    screen = bytearray(data)
    screen[6:10] = struct.pack("<HH", 30, 20)
    keep("gif_small_frame.gif", bytes(screen))
    screen[6:10] = struct.pack("<HH", 3, 20)
    keep("gif_large_frame.gif", bytes(screen))
    f = io.BytesIO()
    image.save(f, "gif", transparency=3)
    screen = bytearray(f.getvalue())
    screen[6:10] = struct.pack("<HH", 30, 20)
    keep("gif_small_frame_transparent.gif", bytes(screen))


def bmps():
    pixels = scene(13, 9)
    for mode in ("1", "L", "P", "RGB"):
        data = bytearray(save("bmp_%s.bmp" % mode.lower(), Image.fromarray(pixels).convert(mode)))
        height = struct.unpack("<i", data[22:26])[0]
        data[22:26] = struct.pack("<i", -height)
        keep("bmp_%s_topdown.bmp" % mode.lower(), bytes(data))
    save("bmp_rgba.bmp", Image.fromarray(scene(13, 9, 4), "RGBA"))


def bmp_fields():
    w, h = 7, 4
    for name, depth, masks in (
        ("16", 16, None),
        ("565", 16, (0xF800, 0x7E0, 0x1F)),
        ("555", 16, (0x7C00, 0x3E0, 0x1F)),
        ("8888", 32, (0xFF0000, 0xFF00, 0xFF)),
        ("8888_high", 32, (0xFF000000, 0xFF0000, 0xFF00)),
    ):
        pixels = rng.integers(0, 2**depth, (h, w)).astype("<u%d" % (depth // 8))
        rows = b"".join(row.tobytes() + b"\0" * (-row.nbytes % 4) for row in pixels)
        fields = struct.pack("<III", *masks) if masks else b""
        for end, sign in (("", 1), ("_topdown", -1)):
            header = struct.pack("<IiiHHIIiiII", 40, w, sign * h, 1, depth, 3 if masks else 0, len(rows), 2835, 2835, 0, 0)
            start = struct.pack("<IHHI", 54 + len(fields) + len(rows), 0, 0, 54 + len(fields))
            keep("bmp_fields_%s%s.bmp" % (name, end), b"BM" + start + header + fields + rows)


def tiffs():
    pixels = scene(13, 9)
    grey16 = rng.integers(0, 400, (9, 13)).astype(np.uint16)
    images = {
        "1": Image.fromarray(pixels).convert("1"),
        "l": Image.fromarray(pixels[..., 0]),
        "p": Image.fromarray(pixels).quantize(40),
        "rgb": Image.fromarray(pixels),
        "rgba": Image.fromarray(scene(13, 9, 4), "RGBA"),
        "i16": Image.fromarray(grey16),
    }
    for mode, image in images.items():
        for name, compression in (("raw", None), ("lzw", "tiff_lzw"), ("deflate", "tiff_adobe_deflate"), ("packbits", "packbits")):
            save("tiff_%s_%s.tiff" % (mode, name), image, compression=compression)
    save("tiff_1_group4.tiff", images["1"], compression="group4")
    for orientation in range(1, 9):
        save("tiff_orientation%d.tiff" % orientation, images["rgb"], tiffinfo={274: orientation})


def webps():
    for w, h in ((1, 1), (2, 2), (3, 3), (16, 16), (33, 21), (34, 22)):
        save("webp_%dx%d.webp" % (w, h), Image.fromarray(scene(w, h)), quality=80)
    save("webp_lossless.webp", Image.fromarray(scene(13, 9)), lossless=True)
    rgba = scene(13, 9, 4)
    rgba[:4, ..., 3] = 0
    save("webp_rgba.webp", Image.fromarray(rgba, "RGBA"), quality=80)
    save("webp_rgba_exact.webp", Image.fromarray(rgba, "RGBA"), lossless=True, exact=True)


def pnms():
    h, w = 5, 7
    grey = rng.integers(0, 256, (h, w, 1))
    rgb = rng.integers(0, 256, (h, w, 3))
    for bands, plain, raw in ((1, b"P2", b"P5"), (3, b"P3", b"P6")):
        for maxval in (1, 7, 100, 255, 256, 1000, 65535):
            v = rng.integers(0, maxval + 1, (h, w, bands))
            if maxval > 255:
                v[0] = v[0] % 300 % maxval
            numbers = b"\n".join(b" ".join(b"%d" % n for n in row) for row in v.reshape(h, -1))
            keep("pnm_%s_%d.pnm" % (plain.decode().lower(), maxval), b"%s\n# comment\n%d %d\n%d\n%s\n" % (plain, w, h, maxval, numbers))
            size = ">u2" if maxval > 255 else "u1"
            keep("pnm_%s_%d.pnm" % (raw.decode().lower(), maxval), b"%s %d %d\n# c\r%d\n" % (raw, w, h, maxval) + v.astype(size).tobytes())


def pbms():
    bits = rng.integers(0, 2, (5, 11))
    rows = b"\n".join(b" ".join(b"%d" % n for n in row) for row in bits)
    keep("pnm_p1.pnm", b"P1\n# comment\n11 5\n" + rows + b"\n")
    keep("pnm_p1_dense.pnm", b"P1\n11 5\n" + rows.replace(b" ", b"").replace(b"\n", b"\n# comment\n", 1) + b"\n")
    keep("pnm_p4.pnm", b"P4 11 5\n" + np.packbits(bits.astype(np.uint8), axis=1).tobytes())


for make in (jpegs, pngs, gifs, bmps, tiffs, webps, pnms, pbms, bmp_fields):
    make()
save_file(expected, "expected.safetensors")
