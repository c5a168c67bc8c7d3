"""`./onestop check | test | generate | lock`."""

from __future__ import annotations

import sys

from workshop import check, generate, lock, run_tests

COMMANDS = {"check": check.main, "test": run_tests.main, "generate": generate.main, "lock": lock.main}

if __name__ == "__main__":
    sys.exit(COMMANDS[sys.argv[1]](sys.argv[2:]))
