#!/usr/bin/python3
"""swapper.py DIRECTORY: exchanges what may be mounted with links to what may not, in a tight loop, until it is killed.

Everything below DIRECTORY/hand belongs to whoever runs this. Half of the time there is a pause, so that swaps fall between any two
steps of a launch and not only between two of its lookups.
"""
import ctypes
import os
import random
import sys
import time

AT_FDCWD = -100
RENAME_EXCHANGE = 2

directory = os.path.join(sys.argv[1], "hand")
pairs = [("dir", "dir2"), ("file", "file2"), ("up", "up2")]
paths = [tuple(os.path.join(directory, name).encode() for name in pair) for pair in pairs]
renameat2 = ctypes.CDLL(None).renameat2

while os.getppid() != 1:
    for left, right in paths:
        renameat2(AT_FDCWD, left, AT_FDCWD, right, RENAME_EXCHANGE)
        if random.random() < 0.5:
            time.sleep(random.random() * 0.02)
