"""Tells in a line, before gigabytes are installed, that a Python is not one of those that the lock is for.

Written for any Python 3: what is asked is the interpreter that may be the wrong one.
"""

import sys

OLDEST, FIRST_TOO_NEW = (3, 11), (3, 14)

if not OLDEST <= sys.version_info[:2] < FIRST_TOO_NEW:
    found = ".".join(map(str, sys.version_info[:2]))
    sys.exit(
        "Python 3.11, 3.12 or 3.13 expected, found " + found + "; name another: make PYTHON=python3.12 run"
    )
