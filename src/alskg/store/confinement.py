"""What a worker process is kept from: outliving the server, its memory, its processor, and the network."""

import ctypes
import errno
import fcntl
import os
import platform
import resource
import select
import signal
import struct
import sys

# Linux: prctl(2), seccomp(2), and the numbers of <linux/audit.h> and of each architecture's system calls.
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EPERM
_X32 = 0x40000000
"""On x86-64 the same calls are reached by numbers with this bit, too."""
_IO_URING_SETUP = 425
"""A ring of io_uring can open sockets without the system call."""
_ARCHITECTURES = {"x86_64": (0xC000003E, 41, 53), "aarch64": (0xC00000B7, 198, 199)}
"""The number of the architecture, of socket(2) and of socketpair(2)."""

NICENESS = 5
"""How far a worker stands back (nice(2)), where it and the server want the same processor."""

_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_ABOVE, _RETURN = 0x20, 0x15, 0x35, 0x06


def refuse_sockets() -> str:
    """
    Makes this process, and all that it starts, unable to open a socket; "" or why that can't be done here.

    A filter of the kernel's (seccomp) refuses the calls; nothing else about the process changes.
    """
    known = _ARCHITECTURES.get(platform.machine())
    if sys.platform != "linux" or known is None:
        return f"{sys.platform} on {platform.machine()} has no filter that is known here"
    program = _filter(*known)
    buffer = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: how many instructions, and where they are.
    described = struct.pack("HP", len(program) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, described, 0, 0)):
        if libc.prctl(*(ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments)):
            return f"prctl({arguments[0]}) was refused: {os.strerror(ctypes.get_errno())}"
    return ""


def _filter(architecture: int, *refused: int) -> bytes:
    """The filter as a classic BPF program; the number of a call is at 0 of what it sees, the architecture at 4."""
    numbers = (*refused, _IO_URING_SETUP)
    last = len(numbers) + 5
    program = [
        (_LOAD, 0, 0, 4),
        (_JUMP_IF_EQUAL, 0, last - 2, architecture),
        (_LOAD, 0, 0, 0),
        (_JUMP_IF_ABOVE, last - 4, 0, _X32),
        *((_JUMP_IF_EQUAL, last - 5 - place, 0, number) for place, number in enumerate(numbers)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


def end_with(life: int) -> None:
    """
    Ends this process as soon as nobody has the other end of the pipe `life` open: when the server is gone, by whatever.

    The kernel does it, with the signal that this process takes no notice of otherwise; so it ends inside of a query,
    too, whichever thread of the server had started it.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    poll = select.poll()
    poll.register(life, select.POLLIN)
    if poll.poll(0):
        # It was gone before the signal was asked for.
        os._exit(1)


def refuse_core_dumps() -> None:
    """A process that runs out of memory aborts; its memory is nobody's business, and takes long to write."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def give_way() -> None:
    """Lets those go first who send what is known already; a query without an end takes what they leave."""
    os.nice(NICENESS)


def free_memory() -> None:
    """Takes the limit of memory off, for as long as something else than a query needs it."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def limit_memory(more_bytes_max: int) -> None:
    """Lets this process take so much memory beside what it has: an open snapshot reserves address space of its own."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = _address_space() + more_bytes_max
    resource.setrlimit(resource.RLIMIT_AS, (limit if most < 0 else min(limit, most), most))


def _address_space() -> int:
    try:
        with open("/proc/self/statm") as statm:  # noqa: PTH123 - a worker imports as little as it can
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        # Where the platform doesn't tell, a generous guess: the limit still ends a runaway query.
        return 1 << 30
