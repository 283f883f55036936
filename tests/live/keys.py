#!/usr/bin/python3
"""keys.py COMMAND...: runs COMMAND as a shell runs a job on a terminal, presses keys, and says what happened.

Prints one word per line: "stopped" when Ctrl-Z stopped the job, "continued" when it ran on after being put in the foreground again,
and "status N" at its end, brought about by Ctrl-C.
"""
import os
import pty
import select
import signal
import sys
import time

pid, master = pty.fork()
if pid == 0:
    # The shell: a session of its own, and the job a process group of its own in the terminal's foreground.
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpgrp())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(sys.argv[1], sys.argv[1:])
    os.setpgid(job, job)
    while True:
        _, status = os.waitpid(job, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
            os.write(1, b"\nstatus %d\n" % code)
            os._exit(0)
        os.write(1, b"\nstopped\n")
        os.tcsetpgrp(0, os.getpgrp())
        time.sleep(0.3)
        os.tcsetpgrp(0, job)
        os.killpg(job, signal.SIGCONT)

said = b""
keys = [(b"ready", b"\x1a"), (b"stopped", None), (b"tick", b"\x03")]
deadline = time.time() + 60
while time.time() < deadline:
    if not select.select([master], [], [], 0.1)[0]:
        continue
    try:
        chunk = os.read(master, 4096)
    except OSError:
        break
    if not chunk:
        break
    said += chunk
    while keys and keys[0][0] in said:
        said = said.split(keys[0][0], 1)[1]
        print({b"stopped": "stopped", b"tick": "continued"}.get(keys[0][0], "ready"), flush=True)
        if keys[0][1]:
            os.write(master, keys[0][1])
        keys.pop(0)
    if b"status " in said and said.endswith(b"\r\n"):
        print("status " + said.split(b"status ", 1)[1].split()[0].decode(), flush=True)
        break
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)
