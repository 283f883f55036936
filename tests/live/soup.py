#!/usr/bin/env python3
"""What the caller typed and what hardrun made of it, both through a real client: they must mean the same on the wire. Prints TAP.

$SOUP_LINES lines (500) of random flags go through the newest client, a part of them through the other one; the seed of each is printed
when it fails, and $SOUP_SEED chooses others. Where hardrun's body may differ from the caller's stands in RULES, field by field.
"""
import json
import os
import pty
import re
import subprocess
import sys

LIVE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, LIVE)
sys.dont_write_bytecode = True
import wire  # noqa: E402

SOCKET = "/run/wire.sock"
HOME = "/home/user"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/home/user", "TERM": "xterm"}


# ---- both bodies in one form ----

def clean_path(path, base=HOME):
    path = os.path.join(base, path)
    return os.path.normpath(path).replace("//", "/")


def image_name(name):
    name = re.sub(r"^(index\.)?docker\.io/", "", name)
    name = re.sub(r"^library/", "", name)
    return re.sub(r":latest$", "", name)


def tmpfs_key(target, options):
    words = [word for word in options.split(",") if word]
    sizes = [wire_size(word[5:]) for word in words if word.startswith("size=")]
    modes = [int(word[5:], 8) for word in words if word.startswith("mode=")]
    return ("tmpfs", clean_path(target), "ro" in words, sizes[-1] if sizes else None, modes[-1] if modes else None, "exec" in words)


def wire_size(text):
    number, unit = re.fullmatch(r"([0-9.]+)([a-z]*)", text.lower()).groups()
    return int(float(number) * {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}[unit[:1]])


def mounts_of(body):
    """Binds, Mounts, Tmpfs and anonymous volumes as one set of tuples."""
    host = body["HostConfig"]
    for bind in host.get("Binds") or []:
        parts = bind.split(":")
        source, target, options = parts[0], parts[1], (parts[2] if len(parts) > 2 else "").split(",")
        is_bind = source.startswith(("/", ".", "~"))
        yield ("bind" if is_bind else "volume", clean_path(source) if is_bind else source, clean_path(target), "ro" in options,
               "nocopy" in options)
    for mount in host.get("Mounts") or []:
        kind, target = mount.get("Type"), mount.get("Target", "")
        if kind == "tmpfs":
            options = mount.get("TmpfsOptions") or {}
            yield ("tmpfs", clean_path(target), bool(mount.get("ReadOnly")), options.get("SizeBytes"), options.get("Mode"), False)
        elif kind == "volume" and not mount.get("Source"):
            yield ("tmpfs", clean_path(target), bool(mount.get("ReadOnly")), None, None, False)
        else:
            source = clean_path(mount["Source"]) if kind == "bind" else mount["Source"]
            yield (kind, source, clean_path(target), bool(mount.get("ReadOnly")), bool((mount.get("VolumeOptions") or {}).get("NoCopy")))
    for target, options in (host.get("Tmpfs") or {}).items():
        yield tmpfs_key(target, options)
    for target in body.get("Volumes") or {}:
        yield ("tmpfs", clean_path(target), False, None, None, False)


def ports_of(body):
    for port, bindings in (body["HostConfig"].get("PortBindings") or {}).items():
        for binding in bindings:
            yield (port, binding.get("HostIp") or "127.0.0.1", binding.get("HostPort") or "")


def environment_of(body):
    return {name: value for name, equals, value in (variable.partition("=") for variable in body.get("Env") or []) if equals}


def capabilities(names):
    return sorted({"CAP_" + name.upper().removeprefix("CAP_") for name in names or []})


def nano_cpus(host):
    if host.get("CpuQuota"):
        return host["CpuQuota"] * 10 ** 9 // (host.get("CpuPeriod") or 100000)
    return host.get("NanoCpus") or 0


# ---- the rules: typed and made are the two values; True when hardrun may turn the one into the other ----

def same(typed, made):
    return typed == made or (wire.empty(typed) and wire.empty(made))


def same_if_typed(typed, made):
    return wire.empty(typed) or typed == made


def forced(*values):
    return lambda typed, made: made in values


def paths(typed, made):
    return wire.empty(typed) and wire.empty(made) or clean_path(typed) == clean_path(made)


def user(typed, made):
    uid = {"node": "1000"}.get(typed, typed.split(":")[0]) if typed else None
    return re.fullmatch(r"[1-9][0-9]*:[1-9][0-9]*", made) and (uid is None or made.split(":")[0] == uid) and (
        ":" not in (typed or "") or typed == made)


def restart(typed, made):
    name = (typed or {}).get("Name") or "no"
    return name == (made.get("Name") or "no") and same((typed or {}).get("MaximumRetryCount"), made.get("MaximumRetryCount"))


def log(typed, made):
    """Sizes are written afresh, with docker's small letters."""
    typed_driver = (typed or {}).get("Type") or "json-file"
    asked = {name: value.lower() if name == "max-size" else value for name, value in ((typed or {}).get("Config") or {}).items()}
    return made["Type"] == typed_driver and asked.items() <= (made.get("Config") or {}).items()


def network(typed, made):
    if typed in ("default", "", None, "isolated"):
        return made == "hardrun-isolated" or typed == made == "default"
    return typed == made


def ulimits(typed, made):
    made = {limit["Name"]: limit for limit in made or []}
    return all(made.get(limit["Name"]) == limit for limit in typed or [])


def devices(typed, made):
    return [device["PathOnHost"] for device in typed or []] == [device["PathOnHost"] for device in made or []] and all(
        set(new["CgroupPermissions"]) <= set(old["CgroupPermissions"]) for old, new in zip(typed or [], made or []))


def labels(typed, made):
    return (typed or {}) == {name: value for name, value in (made or {}).items() if not name.startswith("io.hardrun.")}


def once(typed, made):
    return list(dict.fromkeys(typed or [])) == (made or [])


def numbers_of_groups(typed, made):
    return [int(group) for group in typed or []] == [int(group) for group in made or []]


TOP_RULES = {
    "Image": lambda typed, made: image_name(typed) == image_name(made), "User": user, "Labels": labels, "WorkingDir": paths,
    "Env": None, "Volumes": None,
}
HOST_RULES = {
    "Memory": same_if_typed, "MemorySwap": None, "NanoCpus": None, "CpuPeriod": forced(0, None), "CpuQuota": forced(0, None),
    "PidsLimit": same_if_typed, "ShmSize": same_if_typed, "CapAdd": lambda typed, made: capabilities(typed) == capabilities(made),
    "CapDrop": forced(["ALL"]), "ReadonlyRootfs": forced(True), "SecurityOpt": None, "IpcMode": forced("private"),
    "CgroupnsMode": forced("private"), "NetworkMode": network, "Ulimits": ulimits, "LogConfig": log, "RestartPolicy": restart,
    "Binds": None, "Mounts": None, "Tmpfs": None, "PortBindings": None, "Devices": devices, "ContainerIDFile": paths, "Privileged": forced(False),
    "GroupAdd": numbers_of_groups, "UTSMode": forced(""), "PidMode": forced(""), "UsernsMode": forced(""), "ConsoleSize": None,
    "Dns": once, "DnsSearch": once, "DnsOptions": once, "Isolation": lambda typed, made: typed in ("default", "", None) and not made,
    "Init": lambda typed, made: bool(typed) == bool(made),
}


def tmpfs_fits(typed, made):
    """A tmpfs as it was asked for; a size and a mode that nobody said are hardrun's to choose."""
    return typed[:3] == made[:3] and typed[3] in (None, 0, made[3]) and typed[4] in (None, 0, made[4]) and typed[5] >= made[5]


def mount_differences(typed, made):
    typed, made = sorted(set(mounts_of(typed)), key=str), sorted(set(mounts_of(made)), key=str)
    if not any(mount[1] == "/tmp" for mount in typed if mount[0] == "tmpfs") and not any(mount[2] == "/tmp" for mount in typed):
        made = [mount for mount in made if mount[:2] != ("tmpfs", "/tmp")]  # the policy's own
    for mount in typed:
        if not any(other == mount or (mount[0] == "tmpfs" == other[0] and tmpfs_fits(mount, other)) for other in made):
            yield f"the mount {mount} became none of {made}"
    if len(made) != len(typed):
        yield f"{len(typed)} mounts became {len(made)}: {typed} {made}"


def endpoint_differences(typed, made):
    def endpoints(body):
        configured = (body.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
        names = {"isolated": "hardrun-isolated", "default": "hardrun-isolated"}
        return {names.get(name, name): sorted((value or {}).get("Aliases") or []) for name, value in configured.items()}
    typed, made = endpoints(typed), endpoints(made)
    if not typed:
        made.pop("hardrun-isolated", None)  # client 20.10 drops the aliases of a network that is not named
    for name in set(typed) | set(made):
        if typed.get(name, []) != made.get(name, []):
            yield f"the aliases in {name}: {typed.get(name)} became {made.get(name)}"


def differences(typed, made):
    for rules, old, new in ((TOP_RULES, typed, made), (HOST_RULES, typed["HostConfig"], made["HostConfig"])):
        for key in sorted(set(old) | set(new)):
            if key in ("HostConfig", "NetworkingConfig") or (key in rules and rules[key] is None):
                continue
            if not rules.get(key, same)(old.get(key), new.get(key)):
                yield f"{key}: {old.get(key)!r} became {new.get(key)!r}"
    if environment_of(typed) != environment_of(made):
        yield f"Env: {typed.get('Env')} became {made.get('Env')}"
    if sorted(set(ports_of(typed))) != sorted(set(ports_of(made))):
        yield f"ports: {sorted(ports_of(typed))} became {sorted(ports_of(made))}"
    if nano_cpus(typed["HostConfig"]) not in (0, nano_cpus(made["HostConfig"])):
        yield f"{nano_cpus(typed['HostConfig'])} CPUs became {nano_cpus(made['HostConfig'])}"
    yield from mount_differences(typed, made)
    yield from endpoint_differences(typed, made)
    yield from wire_problems(made)


def wire_problems(made):
    """The hardening itself, where no policy can change it."""
    host = made["HostConfig"]
    yield from wire.security_problems(host.get("SecurityOpt"), False)
    if not 6 << 20 <= host["Memory"] <= 2 << 30 or host["MemorySwap"] != host["Memory"]:
        yield f"Memory {host['Memory']}, MemorySwap {host['MemorySwap']}"


# ---- running ----

def run_client(client, words, descriptors=()):
    """The client's words on a terminal. A memory file for each of the descriptors."""
    files = []
    for number, text in descriptors:
        file = os.memfd_create("soup")
        os.write(file, text)
        os.fchmod(file, 0o444)
        os.lseek(file, 0, os.SEEK_SET)
        high = os.dup2(file, 20 + number)
        os.close(file)
        files.append((high, number))

    def prepare():
        for high, number in files:
            os.dup2(high, number)
    master, slave = pty.openpty()
    try:
        done = subprocess.run([client, "--host", f"unix://{SOCKET}", "--config", "/corpus/config", *words], env=ENVIRONMENT, cwd=HOME,
                              stdin=slave, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=prepare, close_fds=False,
                              timeout=30, check=False, user=wire.corpus.UID, group=wire.corpus.UID, extra_groups=[])
    except subprocess.TimeoutExpired:  # -a stdin waits for the end of the terminal; what was asked is known by then
        return 0, "it does not end"
    finally:
        for file in (master, slave, *(high for high, _ in files)):
            os.close(file)
    wire.clean_home()
    if os.path.exists(f"{HOME}/cid3"):
        os.unlink(f"{HOME}/cid3")
    return done.returncode, done.stderr.decode("utf-8", "replace")


def bodies(server, client, line, profile):
    """The two bodies and queries, or None when the client does not take what was typed."""
    typed = [word.encode("utf-8", "surrogateescape") for word in line["typed"]]
    run_client(client, [b"run", *typed])
    first = server.take()[0]
    if len(first) != 1:
        return None, "the client refuses it"
    descriptors = [(3, profile)] + ([(4, line["env"].encode())] if line["env"] else [])
    status, errors = run_client(client, [word.encode() for word in line["rendered"]], descriptors)
    second = server.take()[0]
    if len(second) != 1:
        return (first[0], None), f"status {status}: {errors.strip()[-300:]}"
    return (first[0], second[0]), ""


def compare(words, found, errors, is_mutated):
    (typed_query, typed), made = found
    if made is None:
        return [f"hardrun's line is refused: {errors}"]
    made_query, body = made
    problems = [f"{key}: {typed_query.get(key)} became {made_query.get(key)}" for key in ("name", "platform")
                if typed_query.get(key) != made_query.get(key)]
    problems += differences(typed, body)
    if is_mutated:  # under the policy of the everyday lines, whose bounds wire.py knows
        problems += wire.problems(body, True)
    if any("cap-drop" in word for word in words):  # the client lets --cap-add win over --cap-drop, and hardrun the drop
        problems = [problem for problem in problems if not problem.startswith("CapAdd")]
    return problems


def read_lines(program, seed, count, kind):
    done = subprocess.run([program, str(seed), str(count), kind], stdout=subprocess.PIPE, check=True, cwd=os.path.join(LIVE, "../.."))
    lines = done.stdout.decode().splitlines()
    return lines[0].encode(), [json.loads(line) for line in lines[1:]]


def main():
    count = int(os.environ.get("SOUP_LINES", "500"))
    seed = int(os.environ.get("SOUP_SEED", "1"))
    build = os.environ.get("BUILD", os.path.join(LIVE, "../../build"))
    # The first client takes it all, and what is mutated besides; every other one a part.
    clients = [(client, api) for client, api in wire.CLIENTS if os.path.exists(client)]
    shares = [(*each, 4, "soup") for each in clients[1:]] + [(*each, part, kind) for each in clients[:1] for part, kind in ((1, "soup"), (2, "mutated"))]
    batches = [(client, api, kind, *read_lines(os.path.join(build, "tests/live/print_lines"), seed, max(1, count // part), kind))
               for client, api, part, kind in shares]
    wire.corpus.enter_root(os.path.join(build, "tests/live/print_lines"))
    wire.corpus.furnish()
    wire.corpus.make_directory("/run/user/1000", 0o700)
    wire.corpus.make_directory("/corpus/config")
    number = failures = taken = 0
    for client, api, kind, profile, lines in batches:
        server = wire.recorder.Recorder(SOCKET, api)
        for line in lines:
            found, errors = bodies(server, client, line, profile)
            if found is None:
                continue
            taken += 1
            problems = compare(line["typed"], found, errors, kind == "mutated")
            if problems:
                number += 1
                failures += 1
                print(f"not ok {number} - {client} SOUP_SEED={line['seed']}: {json.dumps(line['typed'])[:400]}", flush=True)
                for problem in problems:
                    print(f"#   {problem}"[:600])
        server.close()
    number += 1
    is_enough = taken * 2 > count
    print(f"{'ok' if is_enough else 'not ok'} {number} - {taken} lines mean on the wire what was typed, seed {seed}")
    print(f"1..{number}")
    return 1 if failures or not is_enough else 0


if __name__ == "__main__":
    sys.exit(main())
