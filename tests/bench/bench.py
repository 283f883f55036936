#!/usr/bin/env python3
"""make bench: hardrun beside its own exec floor and its peers, interleaved in one run.

usage: bench.py BUILD-DIR [ROUNDS]

BENCH_POLICIES=FILE:FILE...: the filters of these policies, learned ones for instance, are measured beside the shipped ones.

Starts a private dockerd, makes a busybox root file system and image, times every case in turn with the `interleave` program, and
prints one table a group with medians of ratios, then one line a target: reached or missed. Everything lives in a temporary
directory and is stopped and removed at the end.
"""
import ctypes
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

BUILD = os.path.abspath(sys.argv[1])
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 25
HARDRUN = os.path.join(BUILD, "tests/bench/installed/hardrun")
FLOOR = os.path.join(BUILD, "tests/bench/installed/floor")
IMAGE = "docker.io/library/bench:1"

POLICY = """version: 1
images: [docker.io/library/bench]
engine: {{host: "unix://{socket}"}}
defaults:
  user: "65534:65534"
  mem_limit: 128m
  cpus: 1
  pids_limit: 64
  network_mode: none
allow:
  rootfs: ["{root}/**"]
  networks: [none]
"""

# The same, with a line of each decision and of each end in a file.
RECORD_POLICY = POLICY + """record: {{to: file, path: "{root}/record/record.jsonl"}}
"""

# The shipped policy, with an engine of this benchmark's and its root file system.
DEFAULT_POLICY = """version: 1
extends: default
images: ["*"]
engine: {{host: "unix://{socket}"}}
allow:
  rootfs: ["{root}/**"]
"""


# As `hardrun learn` writes it for a shell that starts programs: what a runtime needs, and what was called.
LEARNED_SECCOMP = """seccomp:
  base: runtime
  allow: [{names: [clone], when: "arg0 & 0x7e020000 == 0"}, arch_prctl, brk, clock_nanosleep, dup2, exit, fcntl, fstat, getcwd,
    getegid, geteuid, getgid, getpid, getppid, getrandom, getuid, ioctl, lseek, lstat, mmap, mprotect, munmap, newfstatat, open,
    pipe2, poll, pread64, prlimit64, readlink, readlinkat, rseq, rt_sigaction, rt_sigprocmask, rt_sigreturn, sendfile,
    set_robust_list, set_tid_address, stat, statx, uname, vfork, wait4]
"""


def output(*words, **options):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def make_rootfs(directory):
    for name in ("bin", "proc", "sys", "dev", "tmp", "etc", "run"):
        os.makedirs(os.path.join(directory, name))
    shutil.copy("/bin/busybox", os.path.join(directory, "bin/busybox"))
    for name in ("true", "sh", "sleep", "cat"):
        os.symlink("busybox", os.path.join(directory, "bin", name))


class Dockerd:
    """A dockerd of our own: socket, data and execution roots below ${directory}."""

    def __init__(self, directory):
        self.socket = os.path.join(directory, "docker.sock")
        self.exec_root = os.path.join(directory, "exec")
        self.log = open(os.path.join(directory, "dockerd.log"), "w")
        self.process = subprocess.Popen(
            ["dockerd", "--data-root", os.path.join(directory, "data"), "--exec-root", self.exec_root, "-H",
             "unix://" + self.socket, "--pidfile", os.path.join(directory, "pid"), "--iptables=false", "--bridge=none"],
            stdout=self.log, stderr=self.log)
        for _ in range(300):
            if subprocess.run(self.command("version"), capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit("bench: dockerd did not start; its log: " + self.log.name)

    def command(self, *words):
        return ["docker", "-H", "unix://" + self.socket, *words]

    def default_seccomp(self):
        """Docker's default profile as its runtime really gets it: read from the bundle of a running container."""
        subprocess.run(self.command("run", "-d", "--name", "seccomp", "--network", "none", IMAGE, "/bin/sleep", "60"), check=True,
                       stdout=subprocess.DEVNULL)
        try:
            for where, _, files in os.walk(self.exec_root):
                if "config.json" in files:
                    with open(os.path.join(where, "config.json")) as file:
                        return json.load(file)["linux"]["seccomp"]
        finally:
            subprocess.run(self.command("rm", "-f", "seccomp"), check=True, stdout=subprocess.DEVNULL)
        raise SystemExit("bench: no bundle found below " + self.exec_root)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def write_bundle(directory, rootfs, seccomp):
    """What a person would run by hand: `runc spec`, docker's default filter, the same user and limits."""
    os.makedirs(directory)
    subprocess.run(["runc", "spec"], cwd=directory, check=True)
    path = os.path.join(directory, "config.json")
    with open(path) as file:
        config = json.load(file)
    config["process"].update(terminal=False, args=["/bin/true"], user={"uid": 65534, "gid": 65534})
    config["root"] = {"path": rootfs, "readonly": True}
    config["linux"]["resources"].update(memory={"limit": 128 << 20}, cpu={"quota": 100000, "period": 100000}, pids={"limit": 64})
    if seccomp:
        config["linux"]["seccomp"] = seccomp
    with open(path, "w") as file:
        json.dump(config, file)


def docker_by_hand(policy, directory):
    """The very command line that hardrun would execute, with its profile in a file."""
    text = output(HARDRUN, "run", "--policy", policy, "--backend", "docker", "--dry-run", "--rm", IMAGE, "/bin/true")
    command, _, document = text.partition("3<<")
    profile = os.path.join(directory, "profile.json")
    with open(profile, "w") as file:
        file.write(document.split("\n", 1)[1].rsplit("\n", 2)[0])
    words = shlex.split(command.replace("\\\n", " "))
    return [word.replace("/proc/self/fd/3", profile) for word in words]


class Measured:
    """A line of the table: the median in milliseconds, and the median of the ratios to the first case."""

    def __init__(self, columns):
        self.milliseconds, self.ratio = float(columns[0]), float(columns[-1])


def run_group(directory, title, cases, rounds=None):
    path = os.path.join(directory, "cases")
    with open(path, "w") as file:
        for name, words in cases:
            file.write("\t".join([name, *words]) + "\n")
    print("## " + title, flush=True)
    text = output(os.path.join(BUILD, "tests/bench/interleave"), str(rounds or ROUNDS), path)
    print(text, flush=True)
    return {line[:34].strip(): Measured(line[34:].split()) for line in text.splitlines()[1:]}


def write_policy(directory, name, text, socket):
    path = os.path.join(directory, name + ".yaml")
    with open(path, "w") as file:
        file.write(text.format(socket=socket, root=directory))
    return path


def target(name, measured, limit):
    verdict = "reached" if measured <= limit else "MISSED"
    print(f"target {name}: {measured:.3f} (at most {limit}): {verdict}")


def on_hybrid(words):
    """crun refuses a hybrid cgroup host; by hand one runs it in a mount namespace without the unified tree."""
    if not os.path.isdir("/sys/fs/cgroup/unified"):
        return words
    return ["unshare", "-m", "sh", "-c", 'umount /sys/fs/cgroup/unified; exec "$@"', "sh", *words]


def seccomp_of(path):
    """The section of a policy that its filter is made from."""
    lines, is_in = [], False
    with open(path) as file:
        for line in file:
            if not line.startswith((" ", "\n", "#")):
                is_in = line.startswith("seccomp:")
            if is_in:
                lines.append(line)
    return "".join(lines)


def allowed_calls(seccomp):
    """How many calls of this machine's own architecture are allowed, whatever their arguments."""
    library = ctypes.CDLL("libseccomp.so.2")
    names = {name for row in seccomp["syscalls"] if row["action"] == "SCMP_ACT_ALLOW" for name in row["names"]}
    return sum(library.seccomp_syscall_resolve_name(name.encode()) >= 0 for name in names)


def wait_for_pid(path):
    for _ in range(200):
        if os.path.exists(path) and os.path.getsize(path) > 0:
            with open(path) as file:
                return file.read().strip()
        time.sleep(0.05)
    raise SystemExit("bench: nothing started: " + path)


class Filter:
    """A filter under which something sleeps, so that it can be taken from the kernel."""

    def __init__(self, name, seccomp, pid, run):
        self.name, self.seccomp, self.pid, self.run = name, seccomp, pid, run

    def stop(self):
        os.kill(int(self.pid), signal.SIGKILL)


def dockers_filter(directory, seccomp):
    bundle, pid_file = directory + "/bundle-asleep", directory + "/asleep.pid"
    shutil.copytree(directory + "/bundle", bundle)
    with open(bundle + "/config.json") as file:
        config = json.load(file)
    config["process"]["args"] = ["/bin/sleep", "60"]
    with open(bundle + "/config.json", "w") as file:
        json.dump(config, file)
    subprocess.run(["runc", "run", "--detach", "--pid-file", pid_file, "--bundle", bundle, "bench-asleep"], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return Filter("docker's default, runc", seccomp, wait_for_pid(pid_file),
                  ["runc", "run", "--bundle", directory + "/bundle", "bench-filter"])


def our_filter(directory, rootfs, name, runtime, policy):
    run = [HARDRUN, "run", "--policy", policy, "--rm", "--backend", runtime, "--rootfs", rootfs]
    config = json.loads(output(*run, "--dry-run", "/bin/true", stderr=subprocess.DEVNULL))
    container = f"bench-{os.path.basename(policy)[:-5]}-{runtime}-{os.getpid()}"
    subprocess.Popen([*run, "--name", container, "/bin/sleep", "60"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    pid = wait_for_pid("/run/hardrun/containers/" + container + "/pid")
    return Filter(name + ", " + runtime, config["linux"]["seccomp"], pid, [*run, "/bin/true"])


def measure_filters(directory, rootfs, seccomp, socket):
    """What each filter allows and costs: its own work, and the start of a container."""
    sections = {"default": "", "minimal": "seccomp: {base: minimal}\n", "learned shell": LEARNED_SECCOMP}
    for path in filter(None, os.environ.get("BENCH_POLICIES", "").split(":")):
        sections["learned " + os.path.basename(path).removesuffix(".yaml")] = seccomp_of(path)
    filters = [dockers_filter(directory, seccomp)]
    try:
        for name, section in sections.items():
            policy = write_policy(directory, "filter-" + name.replace(" ", "-"), DEFAULT_POLICY, socket)
            with open(policy, "a") as file:
                file.write(section)
            filters += [our_filter(directory, rootfs, name, runtime, policy) for runtime in ("runc", "crun")]
        time.sleep(0.5) # what a runtime does before it executes is over
        lines = output(os.path.join(BUILD, "tests/bench/filter"), *[one.pid for one in filters]).splitlines()
    finally:
        for one in filters:
            one.stop()
        time.sleep(0.2)
        subprocess.run(["runc", "delete", "--force", "bench-asleep"], check=False)
    starts = run_group(directory, "A start with each filter", [(one.name, one.run) for one in filters])
    print_filters(filters, [line.split() for line in lines], starts)


def print_filters(filters, rows, starts):
    print("## What filters allow, and cost")
    words = ("calls", "instr.", "load us", "getppid", "personal.", "ioctl", "start ms")
    print(f"{'filter':24}" + "".join(f"{word:>10}" for word in words))
    print(f"{'none':24}{'':30}" + "".join(f"{figure:>10}" for figure in rows[0][2:]))
    rows = rows[1:]
    for one, row in zip(filters, rows):
        figures = [allowed_calls(one.seccomp), *row, f"{starts[one.name].milliseconds:.2f}"]
        print(f"{one.name:24}" + "".join(f"{figure:>10}" for figure in figures))
    print("calls: of this architecture, that libseccomp knows. getppid, personality, ioctl: nanoseconds under the filter,\n"
          "- where it refuses. ioctl: docker's has no rule for it; ours keeps out what types into a terminal.\n", flush=True)
    for one, row in list(zip(filters, rows))[1:]:
        target(one.name + ": calls allowed", allowed_calls(one.seccomp), 100 if one.name.startswith("learned") else 250)
        # What two runs of the same filter differ by is within this.
        target(one.name + ": getppid / under docker's", float(row[2]) / float(rows[0][2]), 1.05)


def main():
    directory = tempfile.mkdtemp(prefix="hardrun-bench.")
    rootfs = os.path.join(directory, "rootfs")
    make_rootfs(rootfs)
    dockerd = Dockerd(directory)
    try:
        measure(directory, rootfs, dockerd)
    finally:
        dockerd.stop()
        # podman binds its storage onto itself, and leaves it so.
        subprocess.run(["umount", os.path.join(directory, "podman/overlay")], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(directory, ignore_errors=True)


def measure(directory, rootfs, dockerd):
    policy = write_policy(directory, "policy", POLICY, dockerd.socket)
    shipped = write_policy(directory, "shipped", DEFAULT_POLICY, dockerd.socket)
    recorded = write_policy(directory, "recorded", RECORD_POLICY, dockerd.socket)
    alone = write_policy(directory, "alone", POLICY, directory + "/nobody.sock")
    shipped_alone = write_policy(directory, "shipped-alone", DEFAULT_POLICY, directory + "/nobody.sock")
    tar = subprocess.Popen(["tar", "-C", rootfs, "-c", "."], stdout=subprocess.PIPE)
    subprocess.run(dockerd.command("import", "-", IMAGE), stdin=tar.stdout, check=True, stdout=subprocess.DEVNULL)
    storage = ["podman", "--root", directory + "/podman", "--runroot", directory + "/podman-run"]
    subprocess.run("tar -C {} -c . | {} import - {}".format(rootfs, " ".join(storage), IMAGE), shell=True, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seccomp = dockerd.default_seccomp()
    write_bundle(directory + "/bundle", rootfs, seccomp)
    hardrun = [HARDRUN, "run", "--policy", policy, "--rm"]
    oci = ["--rootfs", rootfs, "/bin/true"]

    docker_dry = ["--backend", "docker", "--dry-run", IMAGE, "/bin/true"]
    runc_dry = ["--backend", "runc", "--dry-run", *oci]
    dry = [
        ("dry-run, no daemon", [HARDRUN, "run", "--policy", alone, *docker_dry]),
        ("dry-run, no daemon, default", [HARDRUN, "run", "--policy", shipped_alone, *docker_dry]),
        ("dry-run, a daemon", [HARDRUN, "run", "--policy", policy, *docker_dry]),
        ("dry-run, a daemon, default", [HARDRUN, "run", "--policy", shipped, *docker_dry]),
        ("dry-run, runc", [HARDRUN, "run", "--policy", policy, *runc_dry]),
        ("dry-run, runc, default", [HARDRUN, "run", "--policy", shipped, *runc_dry]),
    ]
    cold = run_group(directory, "Before the engine: judging and rendering", [
        ("exec floor", [FLOOR]),
        ("hardrun --version", [HARDRUN, "--version"]),
        ("hardrun check", [HARDRUN, "check", "--policy", policy, IMAGE]),
        *dry,
    ], ROUNDS * 8)
    runtimes = run_group(directory, "Without a daemon", [
        ("runc run, docker's profile", ["runc", "run", "--bundle", directory + "/bundle", "bench-runc"]),
        ("hardrun, runc", hardrun + ["--backend", "runc", *oci]),
        ("hardrun, runc, on record", [HARDRUN, "run", "--policy", recorded, "--rm", "--backend", "runc", *oci]),
        ("crun run, docker's profile", on_hybrid(["crun", "run", "--bundle", directory + "/bundle", "bench-crun"])),
        ("hardrun, crun", hardrun + ["--backend", "crun", *oci]),
        ("bubblewrap, no limits, no filter", ["bwrap", "--unshare-all", "--ro-bind", rootfs, "/", "--proc", "/proc",
                                              "--dev", "/dev", "--uid", "65534", "--gid", "65534", "/bin/true"]),
    ], ROUNDS * 2)
    by_hand = docker_by_hand(policy, directory)
    engines = run_group(directory, "Through an engine", [
        ("docker run, same flags by hand", by_hand),
        ("hardrun, docker", hardrun + ["--backend", "docker", IMAGE, "/bin/true"]),
        ("hardrun, docker, on record", [HARDRUN, "run", "--policy", recorded, "--rm", "--backend", "docker", IMAGE, "/bin/true"]),
        ("docker run, by hand once more", by_hand), # how far the noise goes
        ("docker run, plain", dockerd.command("run", "--rm", "--network", "none", IMAGE, "/bin/true")),
        ("podman run, runc, plain", storage + ["--runtime", "runc", "run", "--rm", "--network", "none",
                                               "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", IMAGE,
                                               "/bin/true"]),
    ], ROUNDS * 2)
    measure_filters(directory, rootfs, seccomp, dockerd.socket)
    for name, _ in dry:
        target(name + " / exec floor", cold[name].ratio, 1.5)
    runc, crun = runtimes["hardrun, runc"], runtimes["hardrun, crun"]
    target("hardrun through runc / runc run", runc.ratio, 0.85)
    target("hardrun through runc, on record / without", runtimes["hardrun, runc, on record"].ratio / runc.ratio, 1.05)
    target("hardrun through crun / runc run", crun.ratio, 0.40)
    target("hardrun through crun / docker run", crun.milliseconds / engines["docker run, plain"].milliseconds, 1 / 15)
    target("hardrun through docker / docker run by hand", engines["hardrun, docker"].ratio, 1.02)


main()
