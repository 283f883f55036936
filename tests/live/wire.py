#!/usr/bin/env python3
"""Runs every line of the corpora through `hardrun run` and a real docker client against a recording socket. Prints TAP.

A line that is refused must ask the engine to create nothing. A line that is let through must arrive fully hardened: what is looked at
is the body of POST /containers/create, which is all that a daemon ever learns. The root and the verdicts are those of
tests/corpus/run_corpus. Arguments pick rows by id.
"""
import fnmatch
import importlib.machinery
import importlib.util
import json
import os
import pty
import re
import subprocess
import sys

LIVE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(LIVE, "..", "corpus")
SOCKET = "/run/wire.sock"
CLIENTS = (("/usr/local/bin/docker", "1.50"), ("/usr/bin/docker", "1.41"))
MEBIBYTE = 1 << 20


def load(name, path):
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


sys.dont_write_bytecode = True
corpus = load("run_corpus", os.path.join(CORPUS, "run_corpus"))
corpus.OWNS_IDS = True
recorder = load("recorder", os.path.join(LIVE, "recorder.py"))


# ---- what "fully hardened" means, one clause a line ----

def empty(value):
    return value in (None, [], {}, "", 0, False)


def security_problems(options, is_legit):
    del is_legit
    options = options or []
    profiles = [option.split("=", 1)[1] for option in options if option.startswith("seccomp=")]
    others = [option for option in options if not option.startswith("seccomp=")]
    if not others or any(option not in ("no-new-privileges", "no-new-privileges:true", "no-new-privileges=true") for option in others):
        yield f"security options {others}"
    if len(profiles) != 1:
        yield f"{len(profiles)} seccomp profiles"
        return
    profile = json.loads(profiles[0])
    if profile.get("defaultAction") != "SCMP_ACT_ERRNO":
        yield "the seccomp profile's default is not to refuse"
    allowed = {name for rule in profile["syscalls"] if rule["action"] == "SCMP_ACT_ALLOW" for name in rule["names"]}
    for name in ("mount", "bpf", "ptrace", "keyctl", "init_module", "kexec_load", "setns", "unshare", "open_by_handle_at"):
        if name in allowed:
            yield f"the seccomp profile allows {name}"
    if not {"read", "write", "execve", "futex"} <= allowed:
        yield "the seccomp profile allows too little to be true"


def mount_problems(mounts, is_legit):
    for mount in mounts or []:
        kind, source = mount.get("Type"), mount.get("Source", "")
        if kind == "tmpfs":
            if not 0 < mount.get("TmpfsOptions", {}).get("SizeBytes", 0) <= 256 * MEBIBYTE:
                yield f"unbounded tmpfs {mount}"
        elif kind == "volume":
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*" if is_legit else r"p0-[A-Za-z0-9_.-]+", source):
                yield f"volume {mount}"
            if not empty(mount.get("VolumeOptions", {}).get("DriverConfig")):
                yield f"volume driver {mount}"
        elif kind == "bind":
            allowed = ("/home/user", "/myredis/conf") if is_legit else ("/home/user/hardrun/",)
            if not source.startswith(allowed) or ".." in source or os.path.islink(source):
                yield f"bind {mount}"
            if mount.get("BindOptions", {}).get("Propagation", "rprivate") not in ("", "rprivate", "private"):
                yield f"propagation {mount}"
        else:
            yield f"mount {mount}"
        target = mount.get("Target", "/")
        if re.match(r"/(proc|sys|dev)(/|$)|/(etc|bin|sbin|lib|lib64|usr)?$", target) and target != "/dev/shm":
            yield f"a mount over {target}"


def tmpfs_problems(tmpfs):
    for target, options in (tmpfs or {}).items():
        words = options.split(",")
        if any(word not in words for word in ("nosuid", "nodev", "noexec")) or {"exec", "suid", "dev"} & set(words):
            yield f"tmpfs {target}:{options}"
        if not any(re.fullmatch(r"size=[1-9][0-9]*[kmg]?", word) for word in words):
            yield f"unbounded tmpfs {target}:{options}"
        if re.match(r"/(proc|sys|dev)(/|$)|/(etc|bin|sbin|lib|lib64|usr)?$", target):
            yield f"a tmpfs over {target}"


def limit_problems(host):
    if not 6 * MEBIBYTE <= host.get("Memory", 0) <= 1024 * MEBIBYTE:
        yield f"Memory {host.get('Memory')}"
    if host.get("MemorySwap") != host.get("Memory"):
        yield f"MemorySwap {host.get('MemorySwap')}"
    if not 0 < host.get("NanoCpus", 0) <= 10 ** 9:
        yield f"NanoCpus {host.get('NanoCpus')}"
    if not 0 < (host.get("PidsLimit") or 0) <= 256:
        yield f"PidsLimit {host.get('PidsLimit')}"
    if not 0 < host.get("ShmSize", 0) <= 64 * MEBIBYTE:
        yield f"ShmSize {host.get('ShmSize')}"
    log = host.get("LogConfig") or {}
    if log.get("Type") not in ("json-file", "local") or not {"max-size", "max-file"} <= set(log.get("Config") or {}):
        yield f"LogConfig {log}"


def namespace_problems(host, is_legit):
    networks = ("none", "hardrun-isolated", "p0-net") + (("some-network", "my-net", "bridge") if is_legit else ())
    if host.get("NetworkMode") not in networks:
        yield f"NetworkMode {host.get('NetworkMode')}"
    if host.get("IpcMode") not in ("private", "none"):
        yield f"IpcMode {host.get('IpcMode')}"
    if host.get("CgroupnsMode") != "private":
        yield f"CgroupnsMode {host.get('CgroupnsMode')}"
    for port, bindings in (host.get("PortBindings") or {}).items():
        for binding in bindings:
            if binding.get("HostIp") != "127.0.0.1" or not 1024 <= int(binding.get("HostPort") or 1024) <= 65535:
                yield f"port {port} {binding}"


NEVER = ("Privileged", "PidMode", "UTSMode", "UsernsMode", "Devices", "DeviceCgroupRules", "DeviceRequests", "Sysctls", "VolumesFrom",
         "Links", "CgroupParent", "Runtime", "OomKillDisable", "PublishAllPorts", "GroupAdd", "Binds", "VolumeDriver", "CpuRealtimePeriod",
         "CpuRealtimeRuntime", "BlkioDeviceReadBps", "BlkioWeightDevice", "StorageOpt", "Cgroup", "ContainerIDFile", "KernelMemory",
         "Annotations")


# Where docker's client writes the id for hardrun, which looks after a container that is removed at its end.
OWN_ID_FILE = re.compile(r"/hardrun/stage/[0-9a-f]{12}/cid$")


def problems(body, is_legit):
    host = body.get("HostConfig") or {}
    for key in NEVER:
        if not empty(host.get(key)) and not (key == "ContainerIDFile" and (is_legit or OWN_ID_FILE.search(host[key]))):
            yield f"{key} {host[key]}"
    if host.get("ReadonlyRootfs") is not True:
        yield "the root is writable"
    if host.get("CapDrop") != ["ALL"]:
        yield f"CapDrop {host.get('CapDrop')}"
    if not set(host.get("CapAdd") or []) <= ({"CAP_CHOWN"} if is_legit else set()):
        yield f"CapAdd {host.get('CapAdd')}"
    if not re.fullmatch(r"[1-9][0-9]{0,9}:[1-9][0-9]{0,9}", body.get("User") or ""):
        yield f"User {body.get('User')!r}"
    if not empty(body.get("Volumes")):
        yield f"Volumes {body.get('Volumes')}"
    if (host.get("RestartPolicy") or {}).get("Name") not in ("", "no", "unless-stopped" if is_legit else ""):
        yield f"RestartPolicy {host.get('RestartPolicy')}"
    if (host.get("OomScoreAdj") or 0) < 0:
        yield f"OomScoreAdj {host.get('OomScoreAdj')}"
    for variable in body.get("Env") or []:
        if re.match(r"LD_|NVIDIA_|GCONV_PATH=|=", variable):
            yield f"Env {variable}"
    if not any(label.startswith("io.hardrun.") for label in body.get("Labels") or {}):
        yield "no label of ours"
    yield from security_problems(host.get("SecurityOpt"), is_legit)
    yield from mount_problems(host.get("Mounts"), is_legit)
    yield from tmpfs_problems(host.get("Tmpfs"))
    yield from limit_problems(host)
    yield from namespace_problems(host, is_legit)


# ---- running the lines ----

def write_policies(client, number):
    directory = f"/corpus/client{number}"
    os.mkdir(directory)
    for name in ("p0.yaml", "p0-legit.yaml"):
        with open(f"/corpus/{name}", encoding="utf-8") as file:
            text = file.read()
        if name == "p0.yaml":
            text += f"\nengine: {{backend: docker, host: 'unix://{SOCKET}', client: {client}}}\n"
        corpus.make_file(f"{directory}/{name}", text, uid=0)
    return directory


def run(program, row, directory):
    """The exit status and what was said on stderr; stdin is a terminal, because lines say -it."""
    policy = f"{directory}/{'p0.yaml' if row['file'].startswith('bypass') else 'p0-legit.yaml'}"
    words = [word for element in json.loads(row["argv"]) for word in corpus.expand(element)]
    prepare, environment = corpus.setup(row)
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/home/user", "TERM": "xterm"} if environment is None else environment
    if row.get("env"):
        environment = environment | json.loads(row["env"])
    if any(b"\0" in word for word in words):
        return 125, ""
    master, slave = pty.openpty()
    done = subprocess.run([program.encode(), b"--policy", policy.encode(), b"run", *words], env=environment, cwd="/home/user",
                          preexec_fn=prepare, stdin=slave, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60,
                          check=False, user=corpus.UID, group=corpus.UID, extra_groups=[])
    os.close(master)
    os.close(slave)
    return done.returncode, done.stderr.decode("utf-8", "replace")


def judge(row, status, errors, created, asked):
    is_legit = row["file"].startswith("legit")
    if row["expected"] == "deny":
        if created or any(method != "GET" and path != "/_ping" for method, path in asked):
            return [f"the engine was asked: {asked}"]
        return [] if status == 125 else [f"status {status}"]
    if len(created) != 1:
        return [f"{len(created)} containers created, status {status}: {errors.strip()[-600:]}"]
    return list(problems(created[0][1], is_legit))


def clean_home():
    """What a line made (an id file, say) must not be in the next line's way."""
    for name in os.listdir("/tmp"):
        path = f"/tmp/{name}"
        if os.path.isfile(path) or os.path.islink(path):
            os.unlink(path)


def main():
    rows = [row for name in ("bypass.tsv", "bypass-ours.tsv", "legit.tsv", "legit-ours.tsv") for row in corpus.read_rows(name)]
    rows = [row for row in rows if len(sys.argv) < 2 or any(fnmatch.fnmatch(row["id"], word) for word in sys.argv[1:])]
    program = corpus.enter_root(os.path.abspath(os.environ.get("HARDRUN", os.path.join(LIVE, "../../build/hardrun"))))
    corpus.furnish()
    corpus.make_directory("/run/user/1000", 0o700)
    number = failures = 0
    for index, (client, api) in enumerate(CLIENTS):
        if not os.path.exists(client):
            print(f"# {client} is not installed")
            continue
        server = recorder.Recorder(SOCKET, api)
        directory = write_policies(client, index)
        corpus.make_directory("/home/user/deleted")
        for row in rows:
            status, errors = run(program, row, directory)
            found = judge(row, status, errors, *server.take())
            clean_home()
            number += 1
            failures += bool(found)
            print(f"{'not ok' if found else 'ok'} {number} - {client} {row['id']} {row['expected']}: {row['argv'][:80]}", flush=True)
            for problem in found:
                print(f"#   {problem}")
        server.close()
    print(f"1..{number}")
    return 1 if failures or not number else 0


if __name__ == "__main__":
    sys.exit(main())
