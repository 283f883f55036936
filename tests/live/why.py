#!/usr/bin/env python3
"""Programs that fail under a policy: `why run` names the layer, the rule and the remedy, and with the remedy they work.

Called by test_why.sh as why.py HARDRUN WORK RUNTIME...; prints TAP without a plan. Each row of ROWS is a scenario.
"""
import copy
import json
import os
import re
import shlex
import subprocess
import sys

hardrun, work, runtimes = sys.argv[1], sys.argv[2], sys.argv[3:]
tree, binds = work + "/rootfs", work + "/binds"
count = failures = 0

# ---- policies, as JSON, which is YAML as well ----

BASE = {
    "version": 1, "images": ["*"],
    "defaults": {"user": "65534:65534", "mem_limit": "64m", "cpus": 2, "pids_limit": 32, "network_mode": "none",
                 "tmpfs": ["/tmp:size=1m"]},
    "allow": {"rootfs": [work + "/**"], "volumes": [{"source": binds + "/**", "access": "rw"}], "mem_limit": "512m",
              "pids_limit": 200, "tmpfs": {"max_size": "64m"}},
}


def flow(text):
    """A YAML mapping or list in flow form: as far as remedies have it."""
    token = re.compile(r'\s*(?:([{}\[\],:])|"((?:[^"\\]|\\.)*)"|([^\s{}\[\],:"][^{}\[\],:"]*?)(?=\s*[{}\[\],:]|\s*$))')
    tokens, at = [], 0
    while text[at:].strip():
        match = token.match(text, at)
        tokens.append(match.group(1) or ("s", match.group(2) if match.group(2) is not None else match.group(3)))
        at = match.end()

    def value(place):
        if tokens[place] == "{":
            found, place = {}, place + 1
            while tokens[place] != "}":
                key = tokens[place][1]
                found[key], place = value(place + 2)
                place += tokens[place] == ","
            return found, place + 1
        if tokens[place] == "[":
            found, place = [], place + 1
            while tokens[place] != "]":
                item, place = value(place)
                found.append(item)
                place += tokens[place] == ","
            return found, place + 1
        word = tokens[place][1]
        return int(word) if re.fullmatch(r"[0-9]+", word) else word, place + 1

    return value(0)[0]


def merge(old, new):
    for key, value in new.items():
        if isinstance(value, dict):
            merge(old.setdefault(key, {}), value)
        elif isinstance(value, list):
            kept = old.get(key, [])
            if key == "tmpfs":
                targets = [item.split(":")[0] for item in value]
                kept = [item for item in kept if item.split(":")[0] not in targets]
            old[key] = kept + value
        else:
            old[key] = value


# ---- hardrun ----

def call(*words):
    result = subprocess.run([hardrun, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    return result.returncode, result.stdout.decode(errors="replace"), result.stderr.decode(errors="replace")


def write_policy(policy, runtime):
    policy = copy.deepcopy(policy)
    policy["engine"] = {"backend": runtime, **policy.get("engine", {})}
    with open(work + "/policy.yaml", "w", encoding="utf-8") as file:
        json.dump(policy, file, indent=1)


def line_of(row):
    return ["run", *row.get("flags", []), "--policy", work + "/policy.yaml", "--rootfs", tree, *row["words"]]


def apply(cause, policy, row):
    """What the remedy says, done by the letter."""
    if cause["lift"]:
        policy["seccomp"]["deny"].remove(cause["lift"])
    if cause["add"]:
        text = cause["add"]
        merge(policy, flow(text if text.startswith("{") else "{" + text + "}"))
    if cause["writable"]:
        volumes = policy["defaults"]["volumes"]
        policy["defaults"]["volumes"] = [re.sub(":ro$", "", item) if (":" + cause["writable"] + ":") in item else item
                                         for item in volumes]
    if cause["host"]:
        subprocess.run(shlex.split(cause["host"]), check=True)
    if cause["words"] == 'the same without "ro"':
        row["flags"] = [re.sub(":ro$", "", word) for word in row["flags"]]
    elif cause["words"]:
        name, value = cause["words"].split(" ", 1)
        row["flags"][row["flags"].index(name) + 1] = value


def kind_of(cause):
    for kind in ("lift", "add", "writable", "host", "words"):
        if cause[kind]:
            return kind
    return "advice" if cause["remedy"] else "nobody"


# ---- TAP ----

def check(name, problem):
    global count, failures
    count += 1
    if problem:
        failures += 1
        print("not ok %d - %s" % (count, name))
        for line in str(problem).splitlines():
            print("#   " + line)
    else:
        print("ok %d - %s" % (count, name))
    sys.stdout.flush()


def ask(row, policy, runtime):
    """What `why run` finds: its status, the causes, and what it said."""
    write_policy(policy, runtime)
    status, _, said = call("why", *line_of(row))
    told, out, err = call("why", "--format", "json")
    return status, json.loads(out)["causes"] if told == 0 else [], said + err


def problem_with(row, cause, said):
    wanted = row["remedy"]
    if cause["layer"] != row["layer"]:
        return "layer %s, wanted %s\n%s" % (cause["layer"], row["layer"], said)
    if not re.search(row["rule"], "%s, %s:%s" % (cause["rule"], cause["file"], cause["line"])):
        return "rule %s, %s:%s; wanted %s" % (cause["rule"], cause["file"], cause["line"], row["rule"])
    if not re.search(row.get("subject", ""), cause["subject"]):
        return "subject %s, wanted %s" % (cause["subject"], row["subject"])
    if kind_of(cause) != wanted:
        return "remedy %s (%s), wanted %s" % (kind_of(cause), cause["remedy"], wanted)
    if "why: 1. %s: " % cause["layer"] not in said or (cause["remedy"] or "nothing that a policy says") not in said:
        return "it was not said:\n" + said
    return None


def scenario(row, runtime):
    row = copy.deepcopy(row)
    name, policy = "%s: %s" % (runtime, row["name"]), copy.deepcopy(BASE)
    merge(policy, row.get("policy", {}))
    if "setup" in row:
        subprocess.run(["sh", "-ec", row["setup"]], cwd=work, check=True)
    write_policy(policy, runtime)
    plain, _, _ = call(*line_of(row))
    status, causes, said = ask(row, policy, runtime)
    if not causes:
        check(name, "nothing was named; status %d\n%s" % (status, said))
        return
    check(name, None if status == plain else "status %d when watched, %d without\n%s" % (status, plain, said))
    check(name + ": layer, rule and remedy are named", problem_with(row, causes[0], said))
    if row["remedy"] in ("nobody", "advice"):
        return
    for _ in range(row.get("rounds", 1)):
        apply(causes[0], policy, row)
        write_policy(policy, runtime)
        if row.get("only_checked"):
            status, out, err = call("check", *line_of(row)[1:])
        else:
            status, out, err = call(*line_of(row))
        if status == 0:
            break
        _, causes, _ = ask(row, policy, runtime)
    check(name + ": with the remedy it works", None if status == 0 else "status %d\n%s%s\n%s" % (status, out, err, said))


# ---- the scenarios ----

N = "/bin/needing"
ROWS = [
    # system calls
    dict(name="ptrace", words=[N, "ptrace"], layer="seccomp", rule="@debug", remedy="add", subject="PTRACE_TRACEME"),
    dict(name="a family of sockets", words=[N, "vsock"], layer="seccomp", rule="@network-io", remedy="add", subject="AF_VSOCK"),
    dict(name="another family", words=[N, "alg"], layer="seccomp", rule="@network-io", remedy="add", subject="AF_ALG"),
    dict(name="personality", words=[N, "personality"], layer="seccomp", rule="@system-service", remedy="add",
         subject="ADDR_NO_RANDOMIZE"),
    dict(name="io_uring", words=[N, "io_uring"], layer="seccomp", rule="@aio", remedy="add"),
    dict(name="the host's name", words=["hostname", "new"], layer="seccomp", rule="@privileged", remedy="advice", subject="sethostname"),
    dict(name="mount", words=[N, "mount"], layer="seccomp", rule="@mount", remedy="nobody", subject='"/tmp", "tmpfs"'),
    dict(name="a user namespace", words=[N, "unshare"], layer="seccomp", rule="@process", remedy="nobody", subject="CLONE_NEWUSER"),
    dict(name="bpf", words=[N, "bpf"], layer="seccomp", rule="@privileged", remedy="nobody"),
    dict(name="key rings", words=[N, "keyctl"], layer="seccomp", rule="@keyring", remedy="nobody"),
    dict(name="a call that the policy denies", words=["uname"], policy={"seccomp": {"deny": ["uname"]}}, layer="seccomp",
         rule=r"seccomp\.deny, .*policy\.yaml:[0-9]", remedy="lift"),
    dict(name="one that it denies and the table too", words=[N, "ptrace"], policy={"seccomp": {"deny": ["ptrace"]}},
         layer="seccomp", rule="@debug", remedy="lift"),
    dict(name="a call beyond the minimal base", words=["chown", "65534", "/tmp/x"], policy={"seccomp": {"base": "minimal"}},
         layer="seccomp", rule="seccomp.base", remedy="add", rounds=3) if False else None,
    dict(name="chroot: filter, then capability", words=["chroot", "/", "/bin/true"], layer="seccomp", rule="@mount", remedy="add",
         rounds=3),
    # capabilities
    dict(name="chown", words=["sh", "-c", "touch /tmp/x && chown 1 /tmp/x"], layer="capabilities", rule="floor: all capabilities",
         remedy="add", subject="CAP_CHOWN"),
    dict(name="a raw socket", words=[N, "raw"], layer="capabilities", rule="floor", remedy="add", subject="CAP_NET_RAW"),
    dict(name="priority", words=[N, "nice"], layer="capabilities", rule="floor", remedy="add", subject="CAP_SYS_NICE"),
    dict(name="a device", words=[N, "device", "/tmp/null"], layer="capabilities", rule="floor", remedy="nobody", subject="CAP_MKNOD"),
    # the read-only root
    dict(name="a new file", words=["touch", "/data/x"], layer="read-only root", rule="floor: read_only", remedy="add",
         subject="^/data/x$"),
    dict(name="a relative path", words=["sh", "-c", "cd /data/../data && touch ./y"], layer="read-only root", rule="read_only",
         remedy="add", subject="^/data/y$"),
    dict(name="through a link", words=["touch", "/link/z"], layer="read-only root", rule="read_only", remedy="add",
         subject="^/data/z$"),
    dict(name="adding to a file", words=["sh", "-c", "echo more >> /data/here"], layer="read-only root", rule="read_only",
         remedy="add", subject="^/data/here$"),
    dict(name="a directory", words=["mkdir", "-p", "/new/one"], layer="read-only root", rule="read_only", remedy="add",
         subject="^/new$"),
    dict(name="removing", words=["rm", "-f", "/data/here"], layer="read-only root", rule="read_only", remedy="add"),
    dict(name="a link", words=["ln", "-s", "x", "/data/l"], layer="read-only root", rule="read_only", remedy="add"),
    dict(name="a pipe", words=[N, "fifo", "/run/pipe"], layer="read-only root", rule="read_only", remedy="add"),
    dict(name="a socket's file", words=[N, "socket-file", "/run/app.sock"], layer="read-only root", rule="read_only", remedy="add",
         subject="^/run/app.sock$"),
    dict(name="a home", words=["sh", "-c", "echo x > ~/.history"], flags=["-e", "HOME=/root"], policy={"allow": {"environment": ["HOME"]}},
         layer="read-only root", rule="read_only", remedy="add", subject="^/root/"),
    dict(name="below /etc", words=["touch", "/etc/app.conf"], layer="read-only root", rule="read_only", remedy="nobody"),
    dict(name="where the directory is missing", words=["sh", "-c", "echo x > /var/spool/app/x"], layer="image", rule="read_only",
         remedy="add", subject="^/var/spool/app/x$"),
    dict(name="/proc/sys", words=["sh", "-c", "echo x > /proc/sys/kernel/domainname"], layer="kernel files", rule="floor: mounts",
         remedy="nobody"),
    dict(name="what is masked", words=["grep", "-q", ".", "/proc/keys"], layer="masked path", rule="floor: mounts", remedy="nobody",
         subject="^/proc/keys$"),
    # noexec
    dict(name="a program in /tmp", words=["sh", "-c", "cp /bin/small /tmp/p && /tmp/p"], layer="noexec",
         rule=r"defaults\.tmpfs, .*policy\.yaml:[0-9]", remedy="add", subject="^/tmp/p$"),
    dict(name="a script in /tmp", words=["sh", "-c", "printf '#!/bin/sh\\nexit 0\\n' > /tmp/s; chmod +x /tmp/s; exec /tmp/s"],
         layer="noexec", rule=r"defaults\.tmpfs", remedy="add"),
    # mounts and owners
    dict(name="a bind that is read-only", words=["touch", "/mnt/x"], policy={"defaults": {"volumes": [binds + "/nobody:/mnt:ro"]}},
         layer="read-only mount", rule=r"defaults\.volumes, .*policy\.yaml:[0-9]", remedy="writable", subject="^/mnt/x$"),
    dict(name="one of the command line", words=["touch", "/mnt/x"], flags=["-v", binds + "/nobody:/mnt:ro"], layer="read-only mount",
         rule="the command line", remedy="words"),
    dict(name="a bind of somebody else's", words=["touch", "/mnt/x"], policy={"defaults": {"volumes": [binds + "/of1000:/mnt"]}},
         layer="ownership", rule=r"defaults\.user, .*policy\.yaml:[0-9]", remedy="add", subject="^/mnt/x$"),
    dict(name="a bind of root's", words=["touch", "/mnt/x"], policy={"defaults": {"volumes": [binds + "/root:/mnt"]}},
         setup="chown -R 0:0 binds/root", layer="ownership", rule=r"defaults\.user", remedy="host"),
    dict(name="a key of root's", words=["cat", "/mnt/key"], policy={"defaults": {"volumes": [binds + "/keys:/mnt:ro"]}},
         setup="chown -R 0:0 binds/keys", layer="ownership", rule=r"defaults\.user", remedy="host", subject="^/mnt/key$"),
    dict(name="a directory on the way", words=["cat", "/mnt/in/f"], policy={"defaults": {"volumes": [binds + "/closed:/mnt:ro"]}},
         layer="ownership", rule=r"defaults\.user", remedy="add", subject="^/mnt/in/f$"),
    dict(name="a directory to go into", words=["sh", "-c", "cd /mnt/in"], policy={"defaults": {"volumes": [binds + "/closed:/mnt:ro"]}},
         layer="ownership", rule=r"defaults\.user", remedy="add", subject="^/mnt/in$"),
    dict(name="the image's secret", words=["cat", "/etc/secret"], layer="ownership", rule=r"defaults\.user", remedy="nobody"),
    dict(name="another user's file of the image", words=["cat", "/data/of1000"], layer="ownership", rule=r"defaults\.user", remedy="add"),
    # network and ports
    dict(name="an address", words=[N, "connect", "192.0.2.1", "443"], layer="network", rule=r"defaults\.network_mode, .*policy\.yaml:[0-9]",
         remedy="add", subject="192.0.2.1:443", only_checked=True),
    dict(name="a name server on loopback", words=[N, "connect", "127.0.0.1", "53"], layer="network", rule=r"network_mode", remedy="add",
         only_checked=True),
    dict(name="port 80", words=[N, "tcp", "80"], layer="low ports", rule="floor", remedy="add", subject="^80$"),
    dict(name="port 53, UDP", words=[N, "udp", "53"], layer="low ports", rule="floor", remedy="add", subject="^53$"),
    # identity
    dict(name="another group", words=[N, "setgid", "33"], layer="identity", rule=r"defaults\.user", remedy="add", subject="gid 33"),
    dict(name="another user", words=[N, "setuid", "33"], layer="identity", rule=r"defaults\.user", remedy="add", subject="uid 33"),
    dict(name="root", words=[N, "root"], layer="identity", rule=r"defaults\.user", remedy="nobody", subject="uid 0"),
    dict(name="groups", words=[N, "groups"], layer="identity", rule="floor", remedy="add", subject="groups"),
    dict(name="a setuid program", words=["sh", "-c", "/bin/setuid euid"], layer="no-new-privileges", rule="floor: no-new-privileges",
         remedy="nobody", subject="^/bin/setuid$"),
    # limits
    dict(name="memory", words=[N, "memory", "100"], layer="memory limit", rule=r"defaults\.mem_limit, .*policy\.yaml:[0-9]", remedy="add"),
    dict(name="memory of a child", words=["sh", "-c", "/bin/needing memory 100 && exit 0; exit 6"], layer="memory limit",
         rule=r"mem_limit", remedy="add"),
    dict(name="memory that a flag limits", words=[N, "memory", "60"], flags=["--memory", "48m"], layer="memory limit",
         rule="the command line: .*48m", remedy="words"),
    dict(name="memory where nobody says", words=[N, "memory", "300"], policy={"defaults": {"mem_limit": "256m"}}, layer="memory limit",
         rule=r"defaults\.mem_limit", remedy="add"),
    dict(name="processes", words=[N, "forks", "40"], layer="process limit", rule=r"defaults\.pids_limit, .*policy\.yaml:[0-9]", remedy="add"),
    dict(name="threads", words=[N, "threads", "40"], layer="process limit", rule=r"pids_limit", remedy="add"),
    dict(name="open files", words=[N, "files", "100"], policy={"defaults": {"ulimits": {"nofile": 64}}}, layer="open files limit",
         rule=r"defaults\.ulimits", remedy="add"),
    dict(name="a limit of open files that is raised", words=["sh", "-c", "ulimit -n 5000"],
         policy={"defaults": {"ulimits": {"nofile": 64}}}, layer="open files limit", rule=r"defaults\.ulimits", remedy="add"),
    dict(name="a full tmpfs", words=["dd", "if=/dev/zero", "of=/tmp/x", "bs=1M", "count=3"], layer="tmpfs size",
         rule=r"defaults\.tmpfs, .*policy\.yaml:[0-9]", remedy="add", subject="^/tmp$"),
    dict(name="full shared memory", words=["dd", "if=/dev/zero", "of=/dev/shm/x", "bs=1M", "count=20"], layer="tmpfs size",
         rule=r"shm_size", remedy="add", subject="^/dev/shm$"),
    # the image
    dict(name="a program that is nowhere", words=["sh", "-c", "nosuch"], layer="image", rule="the image", remedy="advice", subject="nosuch$"),
    dict(name="as the container's own", words=["nosuch"], layer="image", rule="the image", remedy="advice", subject="nosuch$"),
    dict(name="a program by its path", words=[N, "execute", "/opt/nosuch"], layer="image", rule="the image", remedy="advice",
         subject="^/opt/nosuch$"),
    dict(name="a script's interpreter", words=[N, "execute", "/bin/script"], layer="image", rule="the image", remedy="advice",
         subject="^/bin/script$"),
    dict(name="a program's loader", words=[N, "execute", "/bin/dynamic"], layer="image", rule="the image", remedy="advice",
         subject="^/bin/dynamic$"),
    dict(name="a file without the bit", words=[N, "execute", "/bin/not-executable"], layer="permissions", rule="the image", remedy="advice"),
    dict(name="a file that is not there", words=["cat", "/data/config"], layer="image", rule="the image", remedy="advice",
         subject="^/data/config$"),
    dict(name="a socket that is not there", words=[N, "socket-connect", "/run/db.sock"], layer="image", rule="the image",
         remedy="advice", subject="^/run/db.sock$"),
]
ROWS = [row for row in ROWS if row]

for place, row in enumerate(ROWS):
    scenario(row, runtimes[0])
    # The other runtime has the same listener: some of each kind are enough.
    if len(runtimes) > 1 and place % 6 == 0:
        scenario(row, runtimes[1])
print("# %d scenarios" % len(ROWS))
with open(work + "/count", "w", encoding="utf-8") as result:
    result.write("%d %d\n" % (count, failures))
