#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""power_cut.py - which states a folder may be found in when the power fails in the middle of what fault_shim.c wrote down.

The model is POSIX at its weakest that a file system may still be: what was fsync'd stays. Of a file that was not, any part may be there,
in pages, as zeros, or not at all. A name that was made, moved or removed is certain only once its folder was fsync'd; until then each
such change may have happened or not, in any choice that does not need one that did not happen. A rename happens whole.
"""

import os
import random
import stat

PAGE = 4096
SECTOR = 512


class Node:
    """A file, folder or link, by whatever names. `synced` is what the disk surely has of it."""

    def __init__(self, kind, data=b"", target=""):
        self.kind, self.target = kind, target
        self.data, self.synced = bytearray(data), bytes(data)
        self.names, self.synced_names = {}, {}


def scan(path, seen):
    """The folder as it lies there, all of it durable; names of one inode are one node."""
    info = os.lstat(path)
    if info.st_ino in seen:
        return seen[info.st_ino]
    if stat.S_ISLNK(info.st_mode):
        node = Node("link", target=os.readlink(path))
    elif stat.S_ISDIR(info.st_mode):
        node = Node("dir")
        for name in os.listdir(path):
            node.names[name] = node.synced_names[name] = scan(os.path.join(path, name), seen)
    else:
        with open(path, "rb") as file:
            node = Node("file", data=file.read())
    seen[info.st_ino] = node
    return node


class Change:
    """One change of names: [(folder, name, node before, node after)], all or none of it."""

    def __init__(self, parts):
        self.parts = parts
        self.waits_for = {id(folder) for folder, _, _, _ in parts}


class Disk:
    def __init__(self, root):
        self.root = scan(root, {}) if os.path.isdir(root) else Node("dir")
        self.pending, self.open, self.everything = [], {}, []
        self.collect(self.root)

    def collect(self, node):
        if node not in self.everything:
            self.everything.append(node)
            for child in node.names.values():
                self.collect(child)

    def walk(self, path):
        """(folder, name) of a path; links to folders are followed, a link at its end is not."""
        folder, parts = self.root, [p for p in path.split("/") if p]
        if not parts:
            return None, ""
        while len(parts) > 1:
            node = folder.names[parts.pop(0)]
            if node.kind == "link":
                parts = node.target.split("/") + parts
                continue
            folder = node
        return folder, parts[0]

    def change(self, *parts):
        parts = [(folder, name, folder.names.get(name), node) for folder, name, node in parts]
        for folder, name, _, node in parts:
            if node is None:
                folder.names.pop(name, None)
            else:
                folder.names[name] = node
        self.pending.append(Change(parts))

    def make(self, path, node):
        folder, name = self.walk(path)
        if folder is not None:
            self.everything.append(node)
            self.change((folder, name, node))

    def sync(self, node):
        node.synced = bytes(node.data)
        for change in self.pending:
            change.waits_for.discard(id(node))
        certain = {i for i, c in enumerate(self.pending) if not c.waits_for}
        for i in sorted(certain, reverse=True):  # and what happened to the same names before
            touched = {(id(f), n) for f, n, _, _ in self.pending[i].parts}
            certain |= {j for j in range(i) if touched & {(id(f), n) for f, n, _, _ in self.pending[j].parts}}
        for i in sorted(certain):
            apply(self.pending[i], lambda folder: folder.synced_names)
        self.pending = [c for i, c in enumerate(self.pending) if i not in certain]

    def do(self, line, data):
        """One line of the journal. True if it is a call that a cut may follow."""
        what, *rest = line.rstrip("\n").split("\t")
        if what == "open":
            folder, name = self.walk(rest[1])
            self.open[rest[0]] = self.root if folder is None else folder.names.get(name)
            return False
        if what == "close":
            self.open.pop(rest[0], None)
            return False
        if what == "create":
            self.make(rest[0], Node("file"))
        elif what == "mkdir":
            self.make(rest[0], Node("dir"))
        elif what == "symlink":
            self.make(rest[1], Node("link", target=rest[0]))
        elif what == "rename":
            (a, old), (b, new) = self.walk(rest[0]), self.walk(rest[1])
            self.change((a, old, None), (b, new, a.names[old]))
        elif what == "link":
            (a, old), (b, new) = self.walk(rest[0]), self.walk(rest[1])
            self.change((b, new, a.names[old]))
        elif what in ("unlink", "rmdir"):
            folder, name = self.walk(rest[0])
            self.change((folder, name, None))
        else:
            node = self.open.get(rest[0])
            if node is None:
                return False
            if what == "write":
                at, start, length = int(rest[1]), int(rest[2]), int(rest[3])
                if len(node.data) < at + length:
                    node.data.extend(bytes(at + length - len(node.data)))
                node.data[at:at + length] = data[start:start + length]
            elif what == "grow":
                node.data.extend(bytes(max(0, int(rest[1]) - len(node.data))))
            elif what == "truncate":
                del node.data[int(rest[1]):]
                node.data.extend(bytes(int(rest[1]) - len(node.data)))
            elif what == "sync":
                self.sync(node)
        return True


def apply(change, names_of):
    for folder, name, _, node in change.parts:
        if node is None:
            names_of(folder).pop(name, None)
        else:
            names_of(folder)[name] = node


def torn(node, dice):
    """Some of what was written since the last fsync."""
    new, old = bytes(node.data), node.synced
    way = dice.choice(("old", "new", "zeros", "empty", "front", "pages"))
    if way == "old":
        return old
    if way == "new":
        return new
    if way == "zeros":
        return bytes(len(new))
    if way == "empty":
        return b""
    if way == "front":
        cut = dice.randrange(0, len(new) // SECTOR + 1) * SECTOR
        return new[:cut]
    out = bytearray(new)
    for at in range(0, len(new), PAGE):
        if dice.random() < 0.5:
            page = old[at:at + PAGE]
            out[at:at + PAGE] = (page + bytes(PAGE))[:len(out[at:at + PAGE])]
    return bytes(out)


VARIANTS = ("lost", "kept", "zeros", "empty", "prefix", "mix")


def state(disk, variant, seed):
    """One legal state after the calls so far: {path: ("dir",) | ("link", target) | ("file", node number, bytes)}."""
    dice = random.Random(f"{variant} {seed}")
    names = {id(n): dict(n.synced_names) for n in disk.everything if n.kind == "dir"}
    stop = dice.randrange(0, len(disk.pending) + 1) if variant == "prefix" else len(disk.pending)
    for i, change in enumerate(disk.pending):
        happened = {"lost": False, "prefix": i < stop, "mix": dice.random() < 0.5}.get(variant, True)
        possible = all(names[id(f)].get(n) is before for f, n, before, _ in change.parts)
        if happened and possible:
            apply(change, lambda folder: names[id(folder)])
    content = {}
    for number, node in enumerate(disk.everything):
        if node.kind != "file":
            continue
        dirty = bytes(node.data) != node.synced
        if variant == "kept":
            content[id(node)] = (number, bytes(node.data))
        elif variant == "lost" or not dirty:
            content[id(node)] = (number, node.synced)
        elif variant in ("zeros", "empty"):
            content[id(node)] = (number, bytes(len(node.data)) if variant == "zeros" else b"")
        else:
            content[id(node)] = (number, torn(node, dice))
    out = {}

    def visit(folder, path):
        for name, node in sorted(names[id(folder)].items()):
            where = f"{path}/{name}" if path else name
            if node.kind == "dir":
                out[where] = ("dir",)
                visit(node, where)
            elif node.kind == "link":
                out[where] = ("link", node.target)
            else:
                out[where] = ("file", *content[id(node)])

    visit(disk.root, "")
    return out


def lay_out(found, root):
    """Make the folder what `state` says; files of one node are one file by several names."""
    made = {}
    os.makedirs(root, exist_ok=True)
    for path, what in found.items():
        full = os.path.join(root, path)
        if what[0] == "dir":
            os.mkdir(full, 0o755)
        elif what[0] == "link":
            os.symlink(what[1], full)
        elif what[1] in made:
            os.link(made[what[1]], full)
        else:
            made[what[1]] = full
            with open(full, "wb") as file:
                file.write(what[2])
            os.chmod(full, 0o644)


def replay(root, journal, deaf=False):
    """Yield (calls so far, disk) after each call of the journal on the folder as it was before. `deaf`: no fsync was ever heard."""
    disk = Disk(root)
    for node in disk.everything if deaf else []:
        node.synced = b""
    with open(journal + ".data", "rb") as file:
        data = file.read()
    calls = 0
    with open(journal) as file:
        for line in file:
            if deaf and line.startswith("sync\t"):
                continue
            if disk.do(line, data):
                calls += 1
                yield calls, disk
