#!/usr/bin/env python3
"""The same lines typed by three people: a member of the docker group, one with `sudo docker run *`, one with `sudo hardrun`.

Every hostile line of the corpora goes through the real client to a recording socket (recorder.py). What counts is what the daemon would
have been told to create: a line "arrives" when a container would have been made, and arrives "open" when that container has at least one
of the openings that wire.py looks for in the security options, mounts, namespaces, devices, capabilities, user or limits. Prints a table
in Markdown, a row a class, and TAP; fails when anything of hardrun's arrives open. Arguments pick rows by id.
"""
import os
import pty
import subprocess
import sys

LIVE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, LIVE)
sys.dont_write_bytecode = True
import shared_machine as machine  # noqa: E402  (the path was set just above)
import sudo  # noqa: E402

corpus = machine.corpus
wire = machine.load("wire", os.path.join(LIVE, "wire.py"))
SOCKET = machine.ENGINE
CLIENT = "/usr/bin/docker"
API = "1.41"


def escapes(body):
    """What would have handed over the host, or another's property, rather than merely a container less hardened."""
    host = body.get("HostConfig") or {}
    if host.get("Privileged") or host.get("PidMode") == "host" or host.get("IpcMode") == "host" or host.get("NetworkMode") == "host":
        return True
    for bind in host.get("Binds") or []:
        if bind.startswith("/"):
            return True
    for mount in host.get("Mounts") or []:
        if mount.get("Type") == "bind" or (mount.get("VolumeOptions") or {}).get("DriverConfig"):
            return True
    keys = ("Devices", "DeviceRequests", "DeviceCgroupRules", "CapAdd", "CgroupParent", "VolumesFrom", "Annotations", "Sysctls", "UTSMode", "UsernsMode")
    if any(host.get(key) for key in keys):
        return True
    return any("unconfined" in option or "false" in option or "disable" in option for option in host.get("SecurityOpt") or [])


def type_line(words, row):
    prepare, environment = corpus.setup(row)
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/home/user", "TERM": "xterm"} if environment is None else environment
    master, slave = pty.openpty()
    try:
        subprocess.run(words + sudo.words_of(row), env=environment, cwd="/home/user", preexec_fn=prepare, stdin=slave, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=30, check=False, user=1000, group=1000, extra_groups=[])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        pass # too long to be typed, or with a NUL in it
    finally:
        os.close(master)
        os.close(slave)


def walk(server, rows, words):
    """{class: [lines, arrived, open]} of one person."""
    table = {}
    for row in rows:
        server.take()
        type_line(words, row)
        created, _ = server.take()
        counts = table.setdefault(row["class"], [0, 0, 0])
        counts[0] += 1
        counts[1] += bool(created)
        counts[2] += any(escapes(body) for _, body in created)
    return table


def total(table):
    return [sum(counts[i] for counts in table.values()) for i in range(3)]


def main():
    machine.enter()
    policy, rows = sudo.read_p0(), sudo.read_hostile(sys.argv[1:])
    program = machine.furnish(sudo.ceiling_of(policy), {"alpine": policy})
    machine.allow_sudo(program, f"{CLIENT} -H unix\\://{SOCKET} run *")
    corpus.make_directory("/home/user/deleted")
    os.makedirs(os.path.dirname(SOCKET), mode=0o755)
    server = wire.recorder.Recorder(SOCKET, API)
    docker = [CLIENT, "-H", "unix://" + SOCKET, "run"]
    people = [("docker group", docker), ("sudo docker run *", ["sudo", *docker]), ("sudo hardrun", ["sudo", program, "run"])]
    tables = []
    for name, words in people:
        os.chmod(SOCKET, 0o666 if name == "docker group" else 0o600)
        tables.append(walk(server, rows, words))
    server.close()
    print("| class | lines | " + " | ".join(f"{name}: arrive | open" for name, _ in people) + " |")
    print("|---" * (2 + 2 * len(people)) + "|")
    for name in sorted(tables[0]):
        print(f"| {name} | {tables[0][name][0]} | " + " | ".join(f"{table[name][1]} | {table[name][2]}" for table in tables) + " |")
    sums = [total(table) for table in tables]
    print(f"| all | {sums[0][0]} | " + " | ".join(f"{counts[1]} | {counts[2]}" for counts in sums) + " |")
    tap = machine.Tap()
    tap.check("the docker group opens the host with many of these lines", sums[0][2] > 0 or len(rows) < 50, sums[0])
    tap.check("nothing of these lines arrives through sudo hardrun", sums[2][1] == 0, tables[2])
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
