#!/usr/bin/env python3
"""Sixteen callers at once, $LAUNCHES launches between them, all of them through sudo and on the record. Prints TAP.

usage: parallel.py [docker|crun|runc]
"""
import json
import os
import sys
import threading
import time

LIVE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, LIVE)
sys.dont_write_bytecode = True
import shared_machine as machine  # noqa: E402  (the path was set just above)

CALLERS = 16
LAUNCHES = int(os.environ.get("LAUNCHES", "1000"))
POLICY = """version: 1
images: ["*"]
defaults: {user: "65534:65534", mem_limit: 32m, cpus: 1, pids_limit: 16, network_mode: none}
allow: {rootfs: [/srv/tree], environment: ["N"]}
"""


def ceiling(backend):
    host = f', host: "unix://{machine.ENGINE}"' if backend == "docker" else ""
    return f"""version: 1
engine: {{backend: {backend}{host}}}
allow: {{user: ["65534:65534"], mem_limit: 64m, cpus: 1, pids_limit: 32, networks: [none], rootfs: [/srv/tree], environment: ["N"]}}
"""


def descriptors():
    return len(os.listdir("/proc/self/fd"))


def call(program, image, caller, numbers, results):
    name = "user" if caller % 2 else "other"
    for number in numbers:
        word = f"{caller}-{number}"
        done = machine.as_user(["sudo", program, "run", "--rm", "-e", f"N={word}", *image, "sh", "-c", "echo $N; exit 7"], name, timeout=300)
        results.append((word, done.returncode, done.stdout.decode().strip(), done.stderr.decode()))


def run_all(program, image):
    results, threads = [], []
    for caller in range(CALLERS):
        numbers = range(caller, LAUNCHES, CALLERS)
        threads.append(threading.Thread(target=call, args=(program, image, caller, numbers, results)))
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results, time.monotonic() - started


def read_record():
    with open(machine.RECORD, "rb") as file:
        text = file.read()
    assert text.endswith(b"\n"), "the last line is torn"
    return [json.loads(line) for line in text.splitlines()]


def look_at_record(tap, lines):
    decisions = {line["id"]: line for line in lines if line["kind"] == "decision"}
    ends = [line for line in lines if line["kind"] == "end"]
    tap.check(f"{LAUNCHES} decisions, none lost or torn", len(decisions) == LAUNCHES and len(lines) == 2 * LAUNCHES, len(decisions), len(lines))
    tap.check("each has exactly one end", sorted(line["id"] for line in ends) == sorted(decisions), len(ends))
    wrong = [line for line in ends if line.get("status") != 7 or line.get("reason") != "exited"]
    tap.check("each end says how it ended", not wrong, wrong[:2])
    people = {line["uid"] for line in decisions.values()}
    tap.check("in the name of who typed it", people == set(machine.USERS.values()), people)


def look_for_leaks(tap, engine, before):
    def entries(path):
        return [f"{where}/{name}" for where, _, names in os.walk(path) for name in names] if os.path.isdir(path) else []

    left = entries("/run/hardrun/containers") + entries("/run/hardrun/stage")
    tap.check("no directory or file of a container is left", not left, left[:5])
    with open("/proc/self/mounts", encoding="utf-8") as file:
        mounts = [line for line in file if "/run/hardrun/" in line]
    tap.check("no mount is left", not mounts, mounts[:3])
    tap.check("no container is left", engine is None or not engine.containers())
    names = {line["container"] for line in read_record() if line.get("container")}
    cgroups = [where for where, _, _ in os.walk("/sys/fs/cgroup") if any(name in where for name in names)]
    tap.check("no cgroup is left", not cgroups, cgroups[:3])
    tap.check("no descriptor is left", descriptors() == before, descriptors(), before)


def main():
    backend = sys.argv[1] if len(sys.argv) > 1 else "crun"
    machine.enter()
    program = machine.furnish(ceiling(backend), {"all": POLICY})
    engine = None
    os.makedirs("/srv/tree", exist_ok=True)
    machine.corpus.mount("tree", "/srv/tree", "tmpfs", 0, "mode=0755")
    machine.make_tree("/srv/tree")
    if backend == "docker":
        engine = machine.Engine("docker.io/library/alpine:latest")
    tap = machine.Tap()
    try:
        before = descriptors()
        results, seconds = run_all(program, ["alpine"] if backend == "docker" else ["--rootfs", "/srv/tree"])
        wrong = [result for result in results if result[1] != 7 or result[0] != result[2]]
        tap.check(f"{backend}: {LAUNCHES} launches by {CALLERS} callers at once do what each was to do", not wrong, *wrong[:3])
        print(f"# {LAUNCHES} launches in {seconds:.1f} s: {LAUNCHES / seconds:.1f} a second")
        look_at_record(tap, read_record())
        look_for_leaks(tap, engine, before)
    finally:
        if engine is not None:
            engine.stop()
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
