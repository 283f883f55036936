"""A machine that people share, made for a test: users with sudo for hardrun alone, a ceiling, and an engine they cannot reach.

Everything stands in a root of its own inside private mount and network namespaces (see tests/corpus/run_corpus), with a layer over /etc;
nothing of the real machine changes. The users are "user" (uid 1000) and "other" (uid 1001).
"""
import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
import time

LIVE = os.path.dirname(os.path.abspath(__file__))
USERS = {"user": 1000, "other": 1001}
ENGINE = "/run/engine/docker.sock"
RECORD = "/var/log/hardrun/record.jsonl"
sys.dont_write_bytecode = True


def load(name, path):
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


corpus = load("run_corpus", os.path.join(LIVE, "..", "corpus", "run_corpus"))
corpus.OWNS_IDS = True


def enter(flags=("--mount", "--net", "--propagation", "private")):
    """Starts the calling script anew in namespaces of its own."""
    if os.geteuid() != 0:
        print("1..0 # SKIP needs root")
        sys.exit(0)
    if os.environ.get("HARDRUN_SHARED_INSIDE") is None:
        os.environ["HARDRUN_SHARED_INSIDE"] = "yes"
        os.execvp("unshare", ["unshare", *flags, sys.executable, os.path.abspath(sys.argv[0]), *sys.argv[1:]])
    subprocess.run(["busybox", "ip", "link", "set", "lo", "up"], check=True)


def cover_etc():
    """What stands in /etc may be changed from here on: it is a layer over the machine's."""
    os.makedirs("/run/etc")
    corpus.mount("etc", "/run/etc", "tmpfs", 0, "mode=0700")
    for name in ("upper", "work"):
        os.mkdir(f"/run/etc/{name}")
    os.chmod("/run/etc/upper", 0o755)
    corpus.mount("overlay", "/etc", "overlay", 0, "lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work")
    shutil.rmtree("/etc/hardrun", ignore_errors=True)


def add_users():
    names = ("user", "other")
    for path, line in (("/etc/passwd", "{0}:x:{1}:{1}::/home/{0}:/bin/sh"), ("/etc/group", "{0}:x:{1}:"), ("/etc/shadow", "{0}:*:19000:0:99999:7:::")):
        with open(path, encoding="utf-8", errors="replace") as file:
            kept = [text for text in file if text.split(":")[0] not in names and text.split(":")[2:3] not in (["1000"], ["1001"])]
        mode = os.stat(path).st_mode & 0o777
        corpus.make_file(path, "".join(kept) + "".join(line.format(name, USERS[name]) + "\n" for name in names), mode, 0)
    corpus.make_directory("/home/other", 0o700, USERS["other"])


def allow_sudo(*commands):
    """The whole of /etc/sudoers: the users may run these, as root, and nothing else."""
    shutil.rmtree("/etc/sudoers.d", ignore_errors=True)
    corpus.make_file("/etc/sudoers", "Defaults env_reset, !use_pty\nuser, other ALL=(root) NOPASSWD: " + ", ".join(commands) + "\n", 0o440, 0)


def furnish(ceiling, policies):
    """Root, users, sudo rule, ceiling and policies ({name: text}). Returns hardrun's path in the new root."""
    program = corpus.enter_root(os.path.abspath(os.environ.get("HARDRUN", os.path.join(LIVE, "../../build/hardrun"))))
    corpus.furnish()
    cover_etc()
    add_users()
    allow_sudo(program)
    corpus.make_directory("/etc/hardrun/policies", 0o755, 0)
    os.chmod("/etc/hardrun", 0o755)
    corpus.make_file("/etc/hardrun/ceiling.yaml", ceiling, 0o644, 0)
    for name, text in policies.items():
        corpus.make_file(f"/etc/hardrun/policies/{name}.yaml", text, 0o644, 0)
    for place in ("/var/lib/hardrun", "/var/log/hardrun", "/var/lib/docker"):
        os.makedirs(place, exist_ok=True)
        corpus.mount("private", place, "tmpfs", 0, "mode=0700")
    return program


def make_tree(tree):
    """A root file system of busybox."""
    for name in ("bin", "dev", "etc", "proc", "sys", "tmp", "root", "data"):
        os.makedirs(f"{tree}/{name}")
    shutil.copy(shutil.which("busybox"), f"{tree}/bin/busybox")
    for applet in subprocess.run(["busybox", "--list"], capture_output=True, text=True, check=True).stdout.split():
        if applet != "busybox":
            os.symlink("busybox", f"{tree}/bin/{applet}")


class Engine:
    """A dockerd that only root can speak to, with an image of busybox under the names given."""

    def __init__(self, *images):
        os.makedirs(os.path.dirname(ENGINE), mode=0o700, exist_ok=True)
        corpus.make_file("/run/engine/daemon.json", "{}\n", 0o600, 0)
        self.log = open("/run/engine/log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            ["dockerd", "--data-root", "/var/lib/docker", "--exec-root", "/run/engine/exec", "--pidfile", "/run/engine/pid", "--host",
             "unix://" + ENGINE, "--iptables=false", "--ip6tables=false", "--config-file", "/run/engine/daemon.json", "--storage-driver", "vfs"],
            stdout=self.log, stderr=self.log)
        for _ in range(600):
            if subprocess.run(self.command("version"), capture_output=True, check=False).returncode == 0:
                break
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        if not os.path.exists(ENGINE) or self.process.poll() is not None:
            with open("/run/engine/log", encoding="utf-8", errors="replace") as log:
                raise SystemExit("Bail out! the engine does not start: " + log.read()[-1500:])
        os.chmod(ENGINE, 0o600)
        self.make_images(images)

    @staticmethod
    def command(*words):
        return ["docker", "-H", "unix://" + ENGINE, *words]

    def call(self, *words):
        return subprocess.run(self.command(*words), capture_output=True, text=True, check=False).stdout

    def make_images(self, images):
        tree = "/var/lib/docker/tree"
        make_tree(tree)
        for image in images:
            archive = subprocess.Popen(["tar", "-C", tree, "-c", "."], stdout=subprocess.PIPE)
            subprocess.run(self.command("import", "-c", "ENV PATH=/bin", "-c", 'CMD ["id"]', "-", image), check=True,
                           stdin=archive.stdout, stdout=subprocess.DEVNULL)
            archive.wait()

    def containers(self):
        return self.call("ps", "-aq", "--no-trunc").split()

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


def as_user(words, name="user", **options):
    """Runs ${words} as that user with nothing but what a login would give."""
    uid = USERS[name]
    environment = options.pop("env", None) or {"PATH": "/usr/bin:/bin:/usr/sbin", "HOME": f"/home/{name}", "TERM": "xterm", "USER": name}
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("cwd", f"/home/{name}")
    options.setdefault("timeout", 60)
    return subprocess.run(words, user=uid, group=uid, extra_groups=[], env=environment, capture_output=True, check=False, **options)


class Tap:
    def __init__(self):
        self.number = self.failures = 0

    def check(self, name, is_good, *why):
        self.number += 1
        self.failures += not is_good
        print(f"{'ok' if is_good else 'not ok'} {self.number} - {name}", flush=True)
        if not is_good:
            for reason in why:
                for line in str(reason).splitlines()[:20]:
                    print("#   " + line[:300])
        return is_good

    def finish(self):
        print(f"1..{self.number}")
        return 1 if self.failures or not self.number else 0
