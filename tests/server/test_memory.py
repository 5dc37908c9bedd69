"""What a process keeps of the memory that it once needed."""

import subprocess
import sys

from tests.support.serving import PATIENCE, clean_environment

THREADS = """
import ctypes, threading
from server.memory import share_heaps

{first}
libc, together = ctypes.CDLL(None), threading.Barrier(9)
libc.fdopen.restype = ctypes.c_void_p

def work():
    libc.malloc(1000)
    together.wait()

for _ in range(8):
    threading.Thread(target=work).start()
together.wait()
libc.malloc_info(0, ctypes.c_void_p(libc.fdopen(1, b"w")))
libc.fflush(None)
"""


def heaps(first: str) -> int:
    """Return how many heaps eight threads have that allocate at the same time."""
    told = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", THREADS.format(first=first)],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return told.stdout.count("<heap nr=")


def test_threads_share_two_heaps_so_that_each_need_not_keep_what_it_once_needed() -> None:
    assert heaps("") > 2
    assert heaps("share_heaps()") == 2
