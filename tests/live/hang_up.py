#!/usr/bin/env python3
"""usage: hang_up.py SECONDS COMMAND...: runs the command on a terminal, closes that, and exits with 0 when the command ends in time."""
import os
import pty
import sys
import time

pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
time.sleep(1)
os.close(terminal)
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    if os.waitpid(pid, os.WNOHANG)[0]:
        sys.exit(0)
    time.sleep(0.1)
os.kill(pid, 9)
sys.exit(1)
