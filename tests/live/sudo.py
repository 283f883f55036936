#!/usr/bin/env python3
"""People who may run `sudo hardrun` and nothing else, against a real dockerd that they cannot reach. Prints TAP.

Every hostile line of the corpora is typed by such a person, end to end; then a scripted attacker with a shell as that person tries what
is in no command line. Nothing may come of any of it. Arguments pick rows of the corpora by id.
"""
import fnmatch
import json
import os
import pty
import subprocess
import sys

LIVE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, LIVE)
sys.dont_write_bytecode = True
import attacks  # noqa: E402  (the path was set just above)
import shared_machine as machine  # noqa: E402

corpus = machine.corpus
FILES = ("bypass.tsv", "bypass-ours.tsv")


def read_p0():
    with open(os.path.join(LIVE, "../corpus/p0.yaml"), encoding="utf-8") as file:
        return file.read()


def ceiling_of(policy):
    """P0's grants as a ceiling: what a policy has besides them, a ceiling has not."""
    allow = policy[policy.index("allow:"):]
    return f"""version: 1
images: [docker.io/library/alpine]
engine: {{backend: docker, host: "unix://{machine.ENGINE}"}}
{allow}  verbs: [ps, logs, stop, kill, rm, inspect, exec, wait]
"""


def words_of(row):
    return [word for element in json.loads(row["argv"]) for word in corpus.expand(element)]


def type_line(program, row):
    """Status and stderr of the line, typed at a terminal by the user."""
    prepare, environment = corpus.setup(row)
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/home/user", "TERM": "xterm"} if environment is None else environment
    if row.get("env"):
        environment = environment | json.loads(row["env"])
    words = words_of(row)
    if any(b"\0" in word for word in words):
        return None, ""
    master, slave = pty.openpty()
    try:
        done = subprocess.run([b"/usr/bin/sudo", program.encode(), b"run", *words], env=environment, cwd="/home/user", preexec_fn=prepare,
                              stdin=slave, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60, check=False, user=1000,
                              group=1000, extra_groups=[])
    except OSError as problem: # longer than the kernel lets anyone type
        return None, str(problem)
    finally:
        os.close(master)
        os.close(slave)
    return done.returncode, done.stderr.decode("utf-8", "replace")


def read_hostile(patterns):
    """Before the root is changed: afterwards the corpora may be out of sight."""
    rows = [row for name in FILES for row in corpus.read_rows(name) if row["expected"] == "deny"]
    return [row for row in rows if not patterns or any(fnmatch.fnmatch(row["id"], word) for word in patterns)]


def try_corpus(tap, program, engine, rows):
    for row in rows:
        status, errors = type_line(program, row)
        # sudo itself says 1 for what it does not even hand on.
        is_refused = status in (None, 125) or (status == 1 and errors.startswith("sudo:"))
        tap.check(f"{row['class']} {row['id']}: {row['argv'][:70]}", is_refused, status, errors)
    left = engine.containers()
    tap.check(f"{len(rows)} hostile lines made no container", not left, left)


def attack(tap, program, engine):
    scene = attacks.Scene(program, engine)
    attacks.prepare(scene)
    for one in attacks.ATTACKS:
        for what, has_held, seen in one(scene):
            tap.check(f"{one.__name__.replace('_', ' ')}: {what}", has_held, seen)


def main():
    machine.enter()
    policy, rows = read_p0(), read_hostile(sys.argv[1:])
    program = machine.furnish(ceiling_of(policy), {"alpine": policy, "person": policy.replace('user: "65534:65534"', "user: caller")})
    corpus.make_directory("/home/user/deleted")
    engine = machine.Engine("docker.io/library/alpine:latest")
    tap = machine.Tap()
    try:
        done = machine.as_user(["docker", "-H", "unix://" + machine.ENGINE, "version"])
        tap.check("the engine's socket is closed to the user", done.returncode != 0 and b"denied" in done.stderr, done.stderr)
        done = machine.as_user(["sudo", program, "run", "--rm", "--network", "none", "alpine", "id", "-u"])
        tap.check("an allowed container runs", done.stdout == b"65534\n" and done.returncode == 0, done)
        done = machine.as_user(["sudo", program, "run", "--rm", "--network", "none", "--policy", "person", "alpine", "id", "-u"])
        tap.check("user: caller is the person, not root", done.stdout == b"1000\n", done)
        for words in (["why", "run", "--backend", "crun", "alpine"], ["learn", "run", "--backend", "crun", "alpine"], ["apparmor", "gc"],
                      ["apparmor", "list"], ["apparmor", "load", "run", "alpine"]):
            done = machine.as_user(["sudo", program, *words])
            tap.check(f"{words[0]} {words[1]} is not lent", done.returncode in (2, 125) and b"lent" in done.stderr, done)
        try_corpus(tap, program, engine, rows)
        attack(tap, program, engine)
    finally:
        engine.stop()
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
