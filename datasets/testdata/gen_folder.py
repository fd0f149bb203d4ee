# SPDX-License-Identifier: MIT
"""Writes folder.json: what torchvision finds in trees of folders. Run in this folder:

    python gen_folder.py

torchvision 0.29.2 was used.
"""

import json
import os
import tempfile

from torchvision.datasets import DatasetFolder, ImageFolder

# A case: its name, the tree (paths; "/" at the end makes a folder, "a -> b" a link), options.
CASES = [
    ("order of folders and files", ["c/0.png", "c/Z.png", "c/a.b/1.png", "c/a/1.png", "c/a/z/1.png", "c/a-b/2.png", "c/é/3.png",
                                    "c/a b/1.png", "c/B/x.png", "c/😀.png", "c/ｚ.png", "c/10.png", "c/9.png"], {}),
    ("classes by bytes", ["b/1.png", "a/1.png", "B/1.png", "a.b/1.png", ".hidden/1.png", "é/1.png", "10/1.png", "9/1.png", "loose.png"], {}),
    ("extensions", ["c/a.PNG", "c/b.JpEg", "c/c.txt", "c/.png", "c/e.webp", "c/f.tif", "c/g.TIFF", "c/h.gif", "c/png", "c/i.ppm",
                    "c/j.bmp", "c/k.pgm", "c/l.png.txt", "c/dir.png/m.jpg"], {}),
    ("links", ["a/1.png", "a/in/2.png", "b -> a", "c/to -> ../a", "c/also -> ../a/in", "c/file.png -> ../a/1.png", "c/broken.png -> nowhere",
               "broken -> nowhere"], {}),
    ("empty folders inside", ["a/1.png", "a/e/", "a/f/g/"], {}),
    ("no class", ["loose.png"], {}),
    ("empty classes", ["b/1.png", "c/", "a/x.txt"], {}),
    ("empty classes allowed", ["b/1.png", "c/", "a/x.txt"], {"allow_empty": True}),
    ("valid files", ["a/keep.txt", "a/other.png", "b/keep/1"], {"valid": "keep"}),
    ("valid files, empty class", ["a/keep.txt", "b/1.png"], {"valid": "keep"}),
    ("other extensions", ["a/1.npy", "a/2.png", "b/3.bin", "b/4.NPY"], {"extensions": [".npy", ".bin"]}),
    ("other extensions, empty class", ["a/1.npy", "b/3.png"], {"extensions": [".npy", ".bin"]}),
    ("both", ["a/1.npy"], {"extensions": [".npy"], "valid": "keep"}),
    ("neither", ["a/1.npy"], {"extensions": None, "valid": None}),
    ("chosen classes", ["a/1.png", "b/1.png", "c/1.png"], {"class_to_idx": {"c": 0, "a": 1}}),
    ("chosen classes, two alike", ["a/1.png", "b/1.png", "c/1.png"], {"class_to_idx": {"c": 0, "b": 1, "a": 1}}),
    ("chosen class missing", ["a/1.png"], {"class_to_idx": {"a": 0, "zebra": 1}}),
    ("chosen class missing, allowed", ["a/1.png"], {"class_to_idx": {"a": 0, "zebra": 1}, "allow_empty": True}),
    ("no class chosen", ["a/1.png"], {"class_to_idx": {}}),
    ("no folder", None, {}),
]


def build(root, tree):
    os.mkdir(root)
    for entry in tree:
        path, _, target = entry.partition(" -> ")
        full = os.path.join(root, path)
        os.makedirs(full if path.endswith("/") else os.path.dirname(full), exist_ok=True)
        if target:
            os.symlink(target, full)
        elif not path.endswith("/"):
            open(full, "wb").close()


def run(root, options):
    arguments = {"allow_empty": options.get("allow_empty", False)}
    if options.get("valid"):
        arguments["is_valid_file"] = lambda path: options["valid"] in path[len(root):]
    kind = ImageFolder
    if "extensions" in options:
        kind = DatasetFolder
        arguments["loader"] = None
        arguments["extensions"] = tuple(options["extensions"]) if options["extensions"] else None
    if "class_to_idx" in options:
        class kind(kind):
            def find_classes(self, directory):
                return list(options["class_to_idx"]), options["class_to_idx"]
    found = kind(root, **arguments)
    return found.class_to_idx, [[os.path.relpath(path, root), index] for path, index in found.samples]


def main():
    cases = []
    for name, tree, options in CASES:
        case = {"name": name, "tree": tree, **options}
        with tempfile.TemporaryDirectory() as folder:
            root = os.path.join(folder, "root")
            if tree is not None:
                build(root, tree)
            try:
                case["classes"], case["samples"] = run(root, options)
            except Exception as e:
                case["type"], case["error"] = type(e).__name__, str(e).replace(root, "ROOT")
        cases.append(case)
    with open("folder.json", "w") as f:
        json.dump(cases, f, indent=1, ensure_ascii=False)
        f.write("\n")


main()
