"""What a person with a shell and `sudo hardrun` may try beside command lines: environment, files, descriptors, races, other people.

Each function is one attack; it gets the Scene and yields (what must hold, whether it held, what was seen).
"""
import json
import os
import subprocess
import threading
import time

import shared_machine as machine

corpus = machine.corpus
SECRET = "s3cret-of-root"
WORK = "/home/user/hardrun"


class Scene:
    def __init__(self, program, engine):
        self.program, self.engine = program, engine

    def hardrun(self, *words, name="user", **options):
        return machine.as_user(["sudo", self.program, *words], name, **options)

    def shell(self, text, name="user", **options):
        return machine.as_user(["sh", "-c", text, "attack", self.program], name, **options)

    def run(self, *words, **options):
        return self.hardrun("run", "--rm", "--network", "none", *words, **options)


def said(done):
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def prepare(scene):
    """What the attacker is after, and what the attacker owns."""
    for path in ("/root/secret", "/root/secret.yaml", "/etc/secret"):
        corpus.make_file(path, f"{SECRET}={SECRET}\nversion: 1\n", 0o600, 0)
    corpus.make_file("/root/.docker/config.json", json.dumps({"credsStore": "evil", "auths": {"docker.io": {"auth": SECRET}}}), 0o600, 0)
    corpus.make_directory("/home/user/bin")
    for name in ("docker-credential-evil", "docker", "crun", "runc", "skopeo", "umoci"):
        corpus.make_file(f"/home/user/bin/{name}", "#!/bin/sh\nid -u > /home/user/was-run\necho '{}'\n", 0o755)
    corpus.make_file("/home/user/.docker/config.json", json.dumps({"credsStore": "evil", "proxies": {"default": {"httpProxy": SECRET}}}))
    corpus.make_directory(WORK)


def reads_a_root_file(scene):
    os.symlink("/root/secret", f"{WORK}/link")
    os.symlink("/root", f"{WORK}/directory")
    for words in (["--env-file", "/root/secret"], ["--env-file", f"{WORK}/link"], ["--label-file", "/root/secret"], ["--policy", "/root/secret.yaml"],
                  ["--policy", f"{WORK}/link"], ["-v", "/root/secret:/x:ro"], ["-v", f"{WORK}/link:/x:ro"], ["-v", f"{WORK}/directory:/x:ro"],
                  ["-v", f"{WORK}/directory/secret:/x:ro"], ["--rootfs", "/root"], ["--mount", f"type=bind,src={WORK}/link,dst=/x"]):
        done = scene.run(*words, "alpine", "sh", "-c", "cat /x /x/secret; env")
        yield f"{words[0]} {words[1]}: no byte of it", SECRET not in said(done) and done.returncode == 125, said(done)
    done = scene.run("docker-archive:/root/secret", "true")
    yield "docker-archive:/root/secret: no byte of it", SECRET not in said(done) and done.returncode == 125, said(done)


def asks_whether_a_file_exists(scene):
    """The words about a path nobody may look into are the same whether something is there or not."""
    there, missing = (said(scene.run("-v", f"/root/{name}:/x:ro", "alpine", "true")).replace(name, "N") for name in ("secret", "nothing"))
    yield "a path below /root tells nothing", there == missing, there + missing
    there, missing = (said(scene.run("--env-file", f"/root/{name}", "alpine", "true")).replace(name, "N") for name in ("secret", "nothing"))
    yield "a file below /root tells nothing", there == missing, there + missing


def writes_to_etc(scene):
    os.symlink("/etc/cron.d/evil", f"{WORK}/id")
    for path in ("/etc/cron.d/evil", f"{WORK}/id", "/etc/passwd"):
        scene.run("--cidfile", path, "alpine", "true")
        yield f"--cidfile {path}", not os.path.exists("/etc/cron.d/evil"), os.listdir("/etc/cron.d")
    scene.run("-v", "/etc:/x", "alpine", "touch", "/x/evil")
    scene.run("-v", f"{WORK}:/x", "alpine", "sh", "-c", "ln -s /etc /x/etc; touch /x/etc/evil")
    scene.run("-v", f"{WORK}/etc:/y", "alpine", "touch", "/y/evil")
    yield "-v /etc", not os.path.exists("/etc/evil"), ""
    scene.run("--log-driver", "json-file", "--log-opt", "path=/etc/evil", "alpine", "true")
    yield "a log driver's file", not os.path.exists("/etc/evil"), ""


def becomes_root_inside(scene):
    for words in (["-u", "0"], ["-u", "+0"], ["--user=00:00"], ["-u", "root"], ["--privileged"], ["--cap-add", "ALL"], ["--userns", "host"]):
        done = scene.run(*words, "alpine", "id", "-u")
        yield f"{' '.join(words)}: refused", done.returncode == 125 and b"0\n" not in done.stdout.splitlines(True), said(done)


def changes_the_environment(scene):
    """Nothing but a flag decides: not $DOCKER_*, not $HOME, not $PATH."""
    listener = subprocess.Popen(["busybox", "nc", "-l", "-p", "2399", "-s", "127.0.0.1"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    environment = {"PATH": "/home/user/bin:/usr/bin:/bin", "HOME": "/home/user", "DOCKER_HOST": "tcp://127.0.0.1:2399", "DOCKER_CONFIG": "/home/user/.docker",
                   "DOCKER_CONTEXT": "evil", "LD_PRELOAD": "/home/user/evil.so", "XDG_CONFIG_HOME": "/home/user", "SUDO_UID": "0", "SUDO_GID": "0",
                   "http_proxy": SECRET, "DOCKER_CERT_PATH": "/home/user", "CONTAINERS_CONF": "/home/user/c", "TERM": "$(id)"}
    done = scene.run("alpine", "sh", "-c", "id -u; env", env=environment)
    listener.terminate()
    heard = listener.communicate()[0]
    yield "the container is the same", done.stdout.startswith(b"65534\n") and SECRET not in said(done), said(done)
    yield "no helper of the caller's was run", not os.path.exists("/home/user/was-run"), ""
    yield "nobody called where DOCKER_HOST points", heard == b"", heard
    done = machine.as_user(["sudo", "SUDO_UID=0", "HOME=/home/user", scene.program, "run", "--rm", "alpine", "true"])
    yield "sudo passes no variable of the caller's choice", done.returncode != 0 and b"not allowed" in done.stderr, said(done)


def sets_the_process_up(scene):
    """Limits, mask, ignored signals, closed and open descriptors, a directory that is gone."""
    for text in ("ulimit -S -f 0; ulimit -S -n 16", "umask 000", "umask 777", "trap '' TERM INT HUP CHLD", "exec 0<&-", "exec 2>&-", "ulimit -S -t 1; ulimit -S -v 200000",
                 "mkdir /home/user/gone; cd /home/user/gone; rmdir /home/user/gone", "exec 3</home/user/env.list 4<&3 5<&3"):
        done = scene.shell(text + '; sudo "$1" run --rm --network none alpine sh -c "id -u; ulimit -n; umask; ls /proc/self/fd"')
        lines = done.stdout.decode().split()
        yield f"{text}: the container is the same", done.returncode == 0 and lines[:1] == ["65534"] and "022" in lines[2], said(done)
    for text in ("ulimit -f 0", "ulimit -v 100000", "ulimit -n 8", "ulimit -t 1", "ulimit -s 512"):
        done = scene.shell(text + '; sudo "$1" run --rm --network none alpine id -u')
        is_sentence = done.returncode == 125 and done.stdout == b"" and done.stderr.count(b"\n") == 1
        yield f"{text}, for good: the same, or a sentence", done.stdout == b"65534\n" or is_sentence or b"sudo:" in done.stderr, said(done)
    mode = os.stat(machine.RECORD).st_mode & 0o777
    yield "the record is root's alone", mode == 0o600 and os.stat(machine.RECORD).st_uid == 0, oct(mode)


def outlives_its_limits(scene):
    done = scene.run("--memory", "64m", "alpine", "sh", "-c", "tail /dev/zero; echo $?", timeout=120)
    yield "more memory than was given", done.returncode == 137 or b"137" in done.stdout, said(done)
    done = scene.run("--pids-limit", "16", "alpine", "sh", "-c", "for i in $(seq 40); do sleep 3 & done; wait")
    yield "more processes than were given", b"fork" in done.stderr.lower() or b"resource" in done.stderr.lower(), said(done)
    for words in (["--pids-limit", "-1"], ["--memory", "0"], ["--cpus", "99"], ["--restart", "always"], ["--ulimit", "nproc=-1"], ["--cgroup-parent", "/"]):
        done = scene.run(*words, "alpine", "true")
        yield f"{' '.join(words)}: refused", done.returncode == 125, said(done)


def meets_other_people(scene):
    """What belongs to somebody else is not there."""
    done = scene.hardrun("run", "-d", "--name", "theirs", "--network", "none", "alpine", "sh", "-c", f"echo {SECRET}; sleep 300", name="other")
    identity = done.stdout.decode().strip()
    yield "the other user's container runs", done.returncode == 0 and len(identity) == 64, said(done)
    for words in (["logs", "theirs"], ["logs", identity], ["logs", identity[:12]], ["inspect", "theirs"], ["exec", "theirs", "id"], ["stop", "theirs"],
                  ["kill", "theirs"], ["rm", "-f", "theirs"], ["rm", "-f", identity[:6]], ["wait", "theirs"], ["container", "logs", "theirs"],
                  ["exec", "-u", "0", identity, "id"], ["attach", "theirs"], ["cp", "theirs:/etc/passwd", "-"], ["container", "prune", "-f"],
                  ["rename", "theirs", "mine"], ["update", "--memory", "1g", "theirs"], ["export", "theirs"], ["top", "theirs"], ["port", "theirs"]):
        done = scene.hardrun("docker", *words, timeout=20)
        yield f"docker {' '.join(words)[:40]}: not theirs", done.returncode != 0 and SECRET not in said(done), said(done)
    done = scene.hardrun("docker", "ps", "-a", "--no-trunc")
    yield "docker ps shows none of theirs", b"theirs" not in done.stdout and identity.encode() not in done.stdout, said(done)
    done = scene.hardrun("docker", "ps", "-a", "--filter", "label=io.hardrun.caller=1001")
    yield "docker ps --filter for theirs", b"theirs" not in done.stdout, said(done)
    done = scene.run("--name", "theirs", "alpine", "true")
    yield "their name cannot be taken", done.returncode == 125, said(done)
    done = scene.run("--label", "io.hardrun.caller=1001", "alpine", "true")
    yield "nobody signs in their name", done.returncode == 125, said(done)
    done = scene.hardrun("docker", "ps", "-q", name="other")
    yield "it still runs, and its owner sees it", identity[:12].encode() in done.stdout, said(done)
    done = scene.hardrun("docker", "rm", "-f", "theirs", name="other")
    yield "and may remove it", done.returncode == 0, said(done)


def uses_its_own(scene):
    """The ceiling lists these verbs: they must work on what is one's own."""
    done = scene.hardrun("run", "-d", "--name", "mine", "--network", "none", "alpine", "sh", "-c", "echo hello; sleep 300")
    yield "a container in the background", done.returncode == 0, said(done)
    done = scene.hardrun("docker", "logs", "mine")
    yield "logs", done.stdout == b"hello\n", said(done)
    done = scene.hardrun("docker", "exec", "mine", "id", "-u")
    yield "exec", done.stdout == b"65534\n", said(done)
    for words in (["-u", "0"], ["--privileged"], ["-e", "LD_PRELOAD=/x"], ["-u", "root"], ["--env-file", "/root/secret"], ["-w", "/proc/self/fd/7"]):
        done = scene.hardrun("docker", "exec", *words, "mine", "id", "-u")
        yield f"exec {' '.join(words)}: refused", done.returncode == 125, said(done)
    for words in (["build", "."], ["cp", "mine:/etc/passwd", "/home/user/x"], ["volume", "create", "x"], ["network", "create", "x"], ["login"], ["plugin", "ls"],
                  ["compose", "up"], ["swarm", "init"], ["commit", "mine"], ["load"], ["pull", "alpine"], ["system", "prune", "-f"], ["info"], ["start", "mine"]):
        done = scene.hardrun("docker", *words)
        yield f"docker {' '.join(words)}: not listed by the ceiling", done.returncode == 125, said(done)
    done = scene.hardrun("docker", "rm", "-f", "mine")
    yield "rm", done.returncode == 0, said(done)


def swaps_paths(scene):
    """A directory and a link to /root change places for as long as launches run."""
    target, spare = f"{WORK}/swap", f"{WORK}/spare"
    swapper = machine_swapper(target, spare)
    seen = set()
    try:
        for _ in range(int(os.environ.get("SWAPS", "25"))):
            done = scene.run("-v", f"{target}:/x:ro", "alpine", "cat", "/x/secret", timeout=60)
            seen.add(done.returncode)
            if SECRET.encode() in done.stdout:
                yield "no launch got through to /root", False, said(done)
                return
    finally:
        swapper.terminate()
        swapper.wait()
    yield "no launch got through to /root", seen <= {1, 125}, seen


def machine_swapper(target, spare):
    os.makedirs(target, exist_ok=True)
    corpus.own(target, 1000)
    os.symlink("/root", spare)
    own = "import ctypes\nc=ctypes.CDLL(None)\nwhile True: c.renameat2(-100, b'%s', -100, b'%s', 2)" % (target, spare)
    return subprocess.Popen(["python3", "-c", own], user=1000, group=1000, extra_groups=[])


def watched_run(scene, held):
    """A launch; what everything waited for, should it take longer than it ever should, goes into held."""
    def look():
        states = subprocess.run(["ps", "-eo", "pid,ppid,ruid,stat,wchan:24,args"], stdout=subprocess.PIPE, check=True).stdout.decode("utf-8", "replace")
        held.append("\n".join(line for line in states.splitlines() if "hardrun" in line or "docker" in line or "alpine" in line))

    timer = threading.Timer(90, look)
    timer.start()
    try:
        return scene.run("alpine", "id", "-u", timeout=120)
    finally:
        timer.cancel()


def disturbs_hardrun(scene):
    """Signals and traces at what runs for the user: nobody but the user may lose by that."""
    stop = threading.Event()
    counts = {"kill": 0, "trace": 0}
    held = []

    def disturb():
        while not stop.is_set():
            done = machine.as_user(["sh", "-c", "for p in $(pgrep -x hardrun); do kill -STOP $p && kill -CONT $p && echo $p; done"])
            counts["kill"] += len(done.stdout.split())
            done = machine.as_user(["sh", "-c", "for p in $(pgrep -x hardrun); do cat /proc/$p/environ && head -c1 /proc/$p/mem; done"])
            counts["trace"] += len(done.stdout)

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        results = [watched_run(scene, held) for _ in range(10)]
    finally:
        stop.set()
        thread.join()
    yield "no launch is held up", not held, "\n".join(held)
    yield "nothing of a running hardrun can be read", counts["trace"] == 0, counts
    yield "every launch ends in a container or a refusal", all(r.stdout in (b"65534\n", b"") for r in results), [said(r) for r in results]


def leaves_a_record(scene):
    with open(machine.RECORD, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    decisions = [line for line in lines if line["kind"] == "decision"]
    yield "everything is recorded", len(decisions) > 100, len(decisions)
    yield "in the person's name", all(line["uid"] in (1000, 1001) for line in decisions), {line["uid"] for line in decisions}
    allowed = {line["id"] for line in decisions if line["verdict"] == "allowed" and line["verb"] in ("run", "create")}
    ends = {line["id"] for line in lines if line["kind"] == "end"}
    yield "every container has an end", allowed <= ends, allowed - ends
    before = len(lines)
    scene.run("alpine\n{\"kind\":\"decision\",\"verdict\":\"allowed\"}", "x\u2028y")
    with open(machine.RECORD, encoding="utf-8") as file:
        new = file.readlines()[before:]
    yield "a line of the caller's cannot be forged", len(new) == 1 and "\u2028" not in new[0], new
    for path in (machine.RECORD, "/run/hardrun", "/var/lib/hardrun"):
        done = machine.as_user(["sh", "-c", f"ls -R {path}; cat {path}; : >> {path}"])
        yield f"{path} is closed to the user", done.stdout in (b"", f"{path}\n".encode()) and done.returncode != 0, said(done)


def cannot_be_recorded(scene):
    """A launch whose record cannot be written does not start."""
    kept = machine.RECORD + ".kept"
    os.rename(machine.RECORD, kept)
    os.mkdir(machine.RECORD)
    done = scene.run("alpine", "id", "-u")
    yield "no record, no container", done.returncode == 125 and done.stdout == b"" and b"record" in done.stderr, said(done)
    os.rmdir(machine.RECORD)
    os.rename(kept, machine.RECORD)


def leaves_nothing(scene):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and (scene.engine.containers() or os.listdir("/run/hardrun/stage")):
        time.sleep(0.5)
        scene.run("alpine", "true")
    yield "no container is left", not scene.engine.containers(), scene.engine.containers()
    left = os.listdir("/run/hardrun/stage") if os.path.isdir("/run/hardrun/stage") else []
    yield "no staged tree is left", not left, left
    with open("/proc/self/mounts", encoding="utf-8") as file:
        mounts = [line for line in file if "/run/hardrun/stage/" in line]
    yield "no mount is left", not mounts, mounts


ATTACKS = (reads_a_root_file, asks_whether_a_file_exists, writes_to_etc, becomes_root_inside, changes_the_environment, sets_the_process_up,
           outlives_its_limits, meets_other_people, uses_its_own, swaps_paths, disturbs_hardrun, leaves_a_record, cannot_be_recorded,
           leaves_nothing)
