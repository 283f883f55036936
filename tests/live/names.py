#!/usr/bin/env python3
"""Two people who may run `sudo hardrun`, without an engine: a name that changes hands, and keys and locks. Prints TAP.

In a pid namespace of its own: it stops processes of root's.
"""
import fcntl
import glob
import os
import pty
import signal
import subprocess
import sys
import time

LIVE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, LIVE)
sys.dont_write_bytecode = True
import shared_machine as machine  # noqa: E402  (the path was set just above)

corpus = machine.corpus
RUNTIMES = ("crun", "runc")
TREE = ["--rootfs", "/srv/tree"]
LOCK = "/run/hardrun/containers.lock"
ALLOW = """
  user: ["65534:65534"]
  networks: [none]
  rootfs: [/srv/tree]
"""
POLICY = 'version: 1\nimages: ["*"]\ndefaults: {user: "65534:65534", network_mode: none}\nallow:' + ALLOW


def ceiling(runtime):
    return f"version: 1\nengine: {{backend: {runtime}}}\nallow:{ALLOW}  verbs: [ps, logs, stop, kill]\n"


def start(program, name, *words):
    return subprocess.Popen(["sudo", program, *words], user=machine.USERS[name], group=machine.USERS[name], extra_groups=[],
                            env={"PATH": "/usr/bin:/bin"}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def said(done):
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def processes(*words):
    """Ids and states of hardrun's processes with these last words."""
    found = []
    for place in glob.glob("/proc/[0-9]*"):
        try:
            with open(place + "/cmdline", "rb") as file:
                line = file.read().decode("utf-8", "replace").split("\0")[:-1]
            with open(place + "/stat", encoding="utf-8", errors="replace") as file:
                text = file.read()
        except OSError:
            continue
        if line and "hardrun" in line[0] and line[-len(words):] == list(words):
            found.append((int(place[6:]), text[text.rindex(")") + 2]))
    return found


def wait_until(condition, seconds=15):
    end = time.time() + seconds
    while time.time() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def runs(name):
    return os.path.exists(f"/run/hardrun/containers/{name}/pid")


def stops_a_name(tap, program, runtime):
    """Between the request to end and the end by force the name becomes somebody else's."""
    mine = start(program, "user", "run", "--rm", "--name", "web", *TREE, "sh", "-c", "trap '' TERM; sleep 2; echo over")
    wait_until(lambda: runs("web"))
    stop = start(program, "user", "docker", "stop", "--time", "4", "web")
    time.sleep(0.7)
    held = [pid for pid, _ in processes("stop", "--time", "4", "web")]
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    mine.communicate(timeout=30)
    theirs = start(program, "other", "run", "--rm", "--name", "web", *TREE, "sh", "-c", "sleep 6; echo finished")
    is_running = wait_until(lambda: runs("web"))
    time.sleep(3)
    for pid in (*held, stop.pid): # sudo stops along with what it runs
        os.kill(pid, signal.SIGCONT)
    told = stop.communicate(timeout=30)[0]
    output = theirs.communicate(timeout=30)[0]
    tap.check(f"{runtime}: stop ends the container that was named, and no later one of that name",
              held and is_running and theirs.returncode == 0 and output.endswith(b"finished\n"), held, told, theirs.returncode, output)


def reads_a_name(tap, program, runtime):
    """What an ended container printed is not shown to whoever has the name next."""
    done = machine.as_user(["sudo", program, "run", "-d", "--name", "web", *TREE, "sh", "-c", "echo THEIRS; sleep 1"], "other")
    tap.check(f"{runtime}: somebody's container runs", done.returncode == 0 and wait_until(lambda: runs("web")), said(done))
    wait_until(lambda: os.path.getsize("/var/lib/hardrun/logs/web.log") > 0)
    done = machine.as_user(["sudo", program, "docker", "logs", "web"], "other")
    tap.check(f"{runtime}: logs shows its output to that person", done.stdout == b"THEIRS\n", said(done))
    wait_until(lambda: not os.path.exists("/run/hardrun/containers/web"))
    mine = start(program, "user", "run", "--rm", "--name", "web", *TREE, "sleep", "3")
    wait_until(lambda: runs("web"))
    done = machine.as_user(["sudo", program, "docker", "logs", "web"])
    tap.check(f"{runtime}: logs shows another's output to nobody", "THEIRS" not in said(done) and b"is not kept" in done.stderr, said(done))
    tap.check(f"{runtime}: an attached container removes the logs of its name", not glob.glob("/var/lib/hardrun/logs/web.log*"))
    # Had one been left, or put there since: the owner decides.
    corpus.make_file("/var/lib/hardrun/logs/web.log", "THEIRS\n", 0o600, machine.USERS["other"])
    done = machine.as_user(["sudo", program, "docker", "logs", "web"])
    tap.check(f"{runtime}: nor does it show a file of another owner", "THEIRS" not in said(done), said(done))
    os.unlink("/var/lib/hardrun/logs/web.log")
    mine.communicate(timeout=30)


def press_stop(program):
    """`docker ps` in the foreground of a terminal, waiting for a lock; the states of its processes after Ctrl-Z."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.setgroups([])
        os.setgid(1000)
        os.setuid(1000)
        # Not the leader of the session: a job, as a shell starts it.
        job = os.fork()
        if job == 0:
            os.setpgid(0, 0)
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            os.tcsetpgrp(0, os.getpgrp())
            signal.signal(signal.SIGTTOU, signal.SIG_DFL)
            os.execve("/usr/bin/sudo", ["sudo", program, "docker", "ps", "-q"], {"PATH": "/usr/bin:/bin", "TERM": "xterm"})
        while True:
            time.sleep(1)
    wait_until(lambda: processes("docker", "ps", "-q"))
    time.sleep(1)
    os.write(terminal, b"\x1a")
    time.sleep(0.5)
    states = [state for _, state in processes(program, "docker", "ps", "-q") if state]
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(terminal)
    return states


def holds_a_lock(tap, program):
    with open(LOCK, "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        states = press_stop(program)
        tap.check("Ctrl-Z stops no hardrun with root's rights", states and "T" not in states, states)
        before = time.time()
        done = machine.as_user(["sudo", program, "run", "--rm", *TREE, "true"], "other", timeout=50)
        is_said = b"has held the lock " in done.stderr and LOCK.encode() in done.stderr
        tap.check("a lock is waited for only so long, and the sentence names it", done.returncode == 125 and is_said, said(done))
        tap.check("about ten seconds", 9 < time.time() - before < 25, time.time() - before)
    done = machine.as_user(["sudo", program, "run", "--rm", *TREE, "id", "-u"], "other")
    tap.check("when it is free all goes on", done.stdout == b"65534\n", said(done))


def main():
    machine.enter(("--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child", "--propagation", "private"))
    present = [name for name in RUNTIMES if subprocess.run(["which", name], capture_output=True, check=False).returncode == 0]
    program = machine.furnish(ceiling(present[0]), {"default": POLICY})
    os.makedirs("/srv/tree", exist_ok=True)
    corpus.mount("srv", "/srv", "tmpfs", 0, "mode=0755")
    machine.make_tree("/srv/tree")
    tap = machine.Tap()
    for runtime in present:
        corpus.make_file("/etc/hardrun/ceiling.yaml", ceiling(runtime), 0o644, 0)
        stops_a_name(tap, program, runtime)
        reads_a_name(tap, program, runtime)
    holds_a_lock(tap, program)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
