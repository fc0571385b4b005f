#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sync_faults.py - one update, failed, killed and cut off at every write.

Takes a station as it is before the update, a repository that serves the update, and labels. For each fault: a fresh copy of the station,
`tillgate sync` with the fault, then what the gate answers (the old catalogue's answers or the new one's, whole, nothing else), then
`tillgate sync` once more without a fault, which must succeed, and the new answers. Exit: 0 all so, 1 not.
"""

import argparse
import concurrent.futures
import json
import os
import random
import shutil
import subprocess
import sys

import power_cut

KEYS = ("kind", "could_not_check", "released", "outcome", "code", "rows", "gtin", "name", "soc", "catalogue_version")


class Wrong(Exception):
    pass


class Bench:
    def __init__(self, options):
        self.o = options
        self.tillgate = os.path.join(options.build, "plugin/cli/tillgate")
        self.shim = os.path.join(options.build, "tests/program/libtest-fault.so")
        self.old = self.new = None

    def run(self, root, *words, env=None):
        done = subprocess.run([self.tillgate, "--root", root, *words], env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def fresh(self, where):
        shutil.rmtree(where, ignore_errors=True)
        shutil.copytree(self.o.station, where, symlinks=True)
        return where

    def sync(self, root, mode=None, at=0, out=""):
        env = None
        if mode is not None:
            env = {"LD_PRELOAD": self.shim, "TG_FAULT_DIR": os.path.join(root, "catalogue"), "TG_FAULT_MODE": mode, "TG_FAULT_AT": str(at),
                   "TG_FAULT_OUT": out}
        return self.run(root, "sync", env=env)

    def answers(self, root):
        """What the gate makes of what it finds: all answers, and the signed time."""
        code, out, err = self.run(root, "check", "--batch-file", self.o.labels, "--op", "sale")
        if code == 2 or code < 0:
            raise Wrong(f"check exits with {code}: {err}")
        lines = [json.loads(line) for line in out.splitlines()]
        code, out, err = self.run(root, "--json", "status")
        if code not in (0, 1, 3):
            raise Wrong(f"status exits with {code}: {err}")
        status = json.loads(out)
        return json.dumps([[line.get(key) for key in KEYS] for line in lines]), status.get("catalogue_version"), status.get("issued_at")

    def judge(self, root):
        """After a fault: old or new now, and new after one more sync."""
        found = self.answers(root)
        if found not in (self.old, self.new):
            raise Wrong(f"answers are neither the old catalogue's nor the new one's: {found[1:]} {found[0][:300]}")
        code, _, err = self.sync(root)
        if code != 0:
            raise Wrong(f"the next sync exits with {code}: {err.strip()}")
        after = self.answers(root)
        if after != self.new:
            raise Wrong(f"not the new catalogue after the next sync: {after[1:]} {after[0][:300]}")
        return "old" if found == self.old else "new"

    def prepare(self):
        """The answers before and after, how many calls a sync makes, and the journal of one."""
        root = self.fresh(os.path.join(self.o.work, "clean"))
        self.old = self.answers(root)
        code, _, err = self.sync(root)
        self.new = self.answers(root)
        if code != 0 or self.old == self.new:
            raise Wrong(f"a clean sync exits with {code} and changes {'nothing' if self.old == self.new else 'much'}: {err}")
        out = os.path.join(self.o.work, "count")
        if self.sync(self.fresh(root), "count", out=out)[0] != 0:
            raise Wrong("a sync that is counted fails")
        with open(out) as file:
            calls = int(file.read())
        self.journal = os.path.join(self.o.work, "journal")
        if self.sync(self.fresh(root), "record", out=self.journal)[0] != 0:
            raise Wrong("a sync that is recorded fails")
        return calls

    def fault(self, mode, at):
        root = self.fresh(os.path.join(self.o.work, f"{mode}-{at}"))
        out = root + ".failed"
        code, _, err = self.sync(root, mode, at, out)
        what = open(out).read().split()[-1] if os.path.exists(out) else "?"
        name = f"{mode} at call {at}" + (f" ({what})" if mode != "kill" else "")
        try:
            if (code == -9) != (mode == "kill") or (code < 0 and mode != "kill"):
                raise Wrong(f"sync exits with {code}: {err.strip()}")
            return name, self.judge(root), code
        except Wrong as wrong:
            raise Wrong(f"{name}: {wrong} [sync said {code}: {err.strip()}]") from None
        finally:
            shutil.rmtree(root, ignore_errors=True)
            if os.path.exists(out):
                os.unlink(out)

    def cut(self, calls, variant, seed, found):
        name = f"power cut after call {calls}, {variant} {seed}"
        root = self.fresh(os.path.join(self.o.work, f"cut-{calls}-{variant}-{seed}"))
        try:
            shutil.rmtree(os.path.join(root, "catalogue"), ignore_errors=True)
            power_cut.lay_out(found, os.path.join(root, "catalogue"))
            return name, self.judge(root), 0
        except Wrong as wrong:
            raise Wrong(f"{name}: {wrong}") from None
        finally:
            shutil.rmtree(root, ignore_errors=True)

    def states(self):
        """Every distinct legal state of the update, or as many of them as were asked for, by lot."""
        seeds = {"lost": 1, "kept": 1, "zeros": 1, "empty": 1, "prefix": 2, "mix": 4}
        seen, out = set(), []
        for calls, disk in power_cut.replay(os.path.join(self.o.station, "catalogue"), self.journal, self.o.deaf):
            for variant in power_cut.VARIANTS:
                for seed in range(seeds[variant]):
                    found = power_cut.state(disk, variant, f"{self.o.seed} {calls} {seed}")
                    mark = hash(repr(sorted(found.items())))
                    if mark not in seen:
                        seen.add(mark)
                        out.append((calls, variant, seed, found))
        if self.o.states and len(out) > self.o.states:
            out = random.Random(self.o.seed).sample(out, self.o.states)
        return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--station", required=True, help="a station before the update; only copied")
    parser.add_argument("--labels", required=True, help="JSON Lines for tillgate check")
    parser.add_argument("--work", required=True, help="a folder for copies")
    parser.add_argument("--name", required=True)
    parser.add_argument("--states", type=int, default=0, help="so many states after a power cut; 0 all")
    parser.add_argument("--deaf", action="store_true",
                        help="only states, as if no fsync had been heard, not of the sets before either: something must then be "
                             "wrong, or this test sees nothing. Of one update alone none need be: the set before is there")
    parser.add_argument("--seed", type=int, default=952)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    bench = Bench(parser.parse_args())
    os.makedirs(bench.o.work, exist_ok=True)
    try:
        calls = bench.prepare()
    except Wrong as wrong:
        sys.exit(f"{bench.o.name}: {wrong}")
    tasks = []
    if not bench.o.deaf:
        tasks = [(bench.fault, mode, at) for mode in ("enospc", "eio", "kill") for at in range(1, calls + 1)]
    states = bench.states()
    tasks += [(bench.cut, *one) for one in states]
    wrong, counts = [], {"old": 0, "new": 0}
    with concurrent.futures.ThreadPoolExecutor(bench.o.jobs) as pool:
        for task in [pool.submit(*one) for one in tasks]:
            try:
                _, which, _ = task.result()
                counts[which] += 1
            except Wrong as one:
                wrong.append(str(one))
    print(f"{bench.o.name}: {calls} calls, {len(tasks) - len(states)} failed or killed, {len(states)} states after a power cut; "
          f"then {counts['old']} answered from the old catalogue, {counts['new']} from the new one, {len(wrong)} wrong", flush=True)
    if bench.o.deaf:
        return 0 if wrong else 1
    for one in wrong[:20]:
        print(f"  WRONG {one}", flush=True)
    if not wrong and (counts["old"] == 0 or counts["new"] == 0):
        print("  WRONG all faults were on one side of the switch: is anything tested?")
        return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
