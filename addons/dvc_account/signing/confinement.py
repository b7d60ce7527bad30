# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What a process gives up for good: the network, writing to files, other programs, other processes.

By a filter of system calls (seccomp) where the kernel and the processor are known; elsewhere the limits
of the process stand alone. Refused calls fail as if the right to them were missing.
"""

import ctypes
import errno
import os
import struct

# Processor: its number for the kernel, and the column of CALLS.
PROCESSORS = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
# What is refused, by the processors' numbers; None: the processor has no such call.
CALLS = {
    "socket": (41, 198),
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    "kill": (62, 129),
    "tkill": (200, 130),
    "pidfd_send_signal": (424, 424),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "openat2": (437, 437),
    "creat": (85, None),
    "truncate": (76, 45),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "rmdir": (84, None),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "link": (86, None),
    "linkat": (265, 37),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "chown": (92, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
}
# Opening is refused where an argument asks for more than reading; a new process where it is no thread.
OPEN, OPENAT, CLONE, CLONE3 = (2, None), (257, 56), (56, 220), (435, 435)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
THREAD = 0x10000
# On x86-64 the calls of another convention (x32) have this bit: they would pass under other numbers.
OTHER_CONVENTION = 0x40000000
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2
ALLOW, REFUSE, NOT_THERE = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, PROCESSOR, ARGUMENTS = 0, 4, 16


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def confine() -> bool:
    """Give up for good what a verifier does not need; return whether the kernel took it."""
    if os.uname().machine not in PROCESSORS or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    instructions = _filter(*PROCESSORS[os.uname().machine])
    program = _Program(len(instructions) // 8, instructions)
    try:
        call = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return False
    call.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    if call(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return call(SECCOMP, FILTER, ctypes.addressof(program), 0, 0) == 0


def _filter(processor: int, column: int) -> bytes:
    """Return the filter as the kernel reads it: steps of 8 bytes, jumps counted from the next one."""
    steps = [
        _step(LOAD, PROCESSOR),
        # Calls by another processor's numbers: none of them.
        _step(EQUAL, processor, 1, 0),
        _step(RETURN, REFUSE),
        _step(LOAD, NUMBER),
        _step(AT_LEAST, OTHER_CONVENTION, 0, 1),
        _step(RETURN, REFUSE),
        *_by_argument(OPEN[column], 1, WRITING, REFUSE, ALLOW),
        *_by_argument(OPENAT[column], 2, WRITING, REFUSE, ALLOW),
        *_by_argument(CLONE[column], 0, THREAD, ALLOW, REFUSE),
        # The C library then takes the older call.
        *_refused(CLONE3[column], NOT_THERE),
    ]
    for numbers in CALLS.values():
        steps += _refused(numbers[column], REFUSE)
    return b"".join([*steps, _step(RETURN, ALLOW)])


def _by_argument(number: int | None, argument: int, mask: int, any_bit: int, no_bit: int) -> list[bytes]:
    """Return the steps that decide a call by the bits of one of its arguments."""
    if number is None:
        return []
    return [
        _step(EQUAL, number, 0, 4),
        _step(LOAD, ARGUMENTS + 8 * argument),
        _step(ANY_BIT, mask, 0, 1),
        _step(RETURN, any_bit),
        _step(RETURN, no_bit),
    ]


def _refused(number: int | None, outcome: int) -> list[bytes]:
    return [] if number is None else [_step(EQUAL, number, 0, 1), _step(RETURN, outcome)]


def _step(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_so, if_not, value)
