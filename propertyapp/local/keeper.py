"""Ends every process of a stack when its supervisor is gone, however it went.

The supervisor cannot clean up after a SIGKILL, so this small process does. It leads the process group that
all the others join at birth, and holds the reading end of a pipe whose writing end only the supervisor has:
when the pipe closes, the supervisor is dead. Nothing but the standard library, so that it starts at once.
"""

import os
import signal
import sys
import time

GRACE_SECONDS = 5.0


def main() -> None:
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)
    sys.stdin.buffer.read()
    os.killpg(os.getpgrp(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
