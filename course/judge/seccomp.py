"""System calls that no student code needs and that a sandbox should not offer.

Namespaces already take away what these calls could reach. The list is the second wall: it keeps
code out of the parts of the kernel where ways around the first were found before, and out of
those whose memory no limit counts. Everything not named here is allowed.
"""

import ctypes
import errno
import platform
import struct

# Name: number on x86_64, number on aarch64 (None: not there).
REFUSED = {
    # Namespaces and mounts.
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "statmount": (457, 457),
    "listmount": (458, 458),
    "open_tree_attr": (467, 467),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    # Other processes.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    # Large, seldom used and often attacked parts of the kernel.
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "modify_ldt": (154, None),
    "personality": (135, 92),
    "uselib": (134, None),
    # The machine.
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "syslog": (103, 116),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "iopl": (172, None),
    "ioperm": (173, None),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "vhangup": (153, 58),
    "lookup_dcookie": (212, 18),
    # Files by number instead of by path; watching what others do with shared files.
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    # Memory that belongs to no process, so that no limit would count it.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
}
CLONE = (56, 220)
CLONE3 = (435, 435)
MMAP = (9, 222)
_SOCKETS = {"socket": (41, 198), "socketpair": (53, 199)}

_NEW_NAMESPACE = 0x7E020080  # every CLONE_NEW… flag
_SHARED_ANONYMOUS = 0x21  # MAP_SHARED | MAP_ANONYMOUS
_FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6: the new network namespace confines these

# What `platform.machine` says: column in the tables above, AUDIT_ARCH number.
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

# The parts of a filter's instructions (linux/bpf_common.h), and what it may answer.
LOAD, JUMP_IF_EQUAL, JUMP_IF_BITS, JUMP_IF_AT_LEAST = 0x20, 0x15, 0x45, 0x35
AND, RETURN = 0x54, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000

# Where the filter finds things in struct seccomp_data (both machines are little-endian).
_AT_NUMBER, _AT_ARCH, _AT_ARGUMENTS = 0, 4, 16

STEP = struct.Struct("=HBBI")  # code, jump if true, jump if false, value
_PR_SET_SECCOMP, _FILTER = 22, 2


def supported() -> bool:
    """Whether this machine's system call numbers are known here."""
    return platform.machine() in _MACHINES


def steps(machine: str) -> list[bytes]:
    """The filter for the kernel: its instructions, each a struct sock_filter.

    Args:
        machine: ``x86_64`` or ``aarch64``
    """
    column, arch = _MACHINES[machine]
    filters = [
        _step(LOAD, _AT_ARCH),
        _step(JUMP_IF_EQUAL, arch, 1, 0),
        _step(RETURN, _KILL),
        _step(LOAD, _AT_NUMBER),
    ]
    if machine == "x86_64":  # the x32 calls, the same ones under other numbers
        filters += _answer(_step(JUMP_IF_AT_LEAST, 0x40000000, 0, 1), errno.ENOSYS)
    for numbers in REFUSED.values():
        if numbers[column] is not None:
            filters += _answer(_step(JUMP_IF_EQUAL, numbers[column], 0, 1), errno.EPERM)
    # Its flags are in memory, where a filter cannot look. C libraries then use clone.
    filters += _answer(_step(JUMP_IF_EQUAL, CLONE3[column], 0, 1), errno.ENOSYS)
    new_namespace = [_step(JUMP_IF_BITS, _NEW_NAMESPACE, 0, 1)]
    filters += _argument(CLONE[column], 0, new_namespace, errno.EPERM)
    shared = [
        _step(AND, _SHARED_ANONYMOUS),
        _step(JUMP_IF_EQUAL, _SHARED_ANONYMOUS, 0, 1),
    ]
    filters += _argument(MMAP[column], 3, shared, errno.ENOMEM)
    count = len(_FAMILIES)
    other_family = [
        _step(JUMP_IF_EQUAL, family, count - place, 0) for place, family in enumerate(_FAMILIES)
    ]
    for numbers in _SOCKETS.values():
        filters += _argument(numbers[column], 0, other_family, errno.EAFNOSUPPORT)
    filters.append(_step(RETURN, _ALLOW))
    return filters


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return STEP.pack(code, if_true, if_false, value)


def _answer(condition: bytes, error: int) -> list[bytes]:
    return [condition, _step(RETURN, _ERRNO | error)]


def _argument(number: int, place: int, conditions: list[bytes], error: int) -> list[bytes]:
    """Refuse call ``number`` where its argument meets the conditions; else allow it.

    The conditions jump over the refusal, which follows them, where they are not met.
    """
    body = [
        _step(LOAD, _AT_ARGUMENTS + 8 * place),
        *conditions,
        _step(RETURN, _ERRNO | error),
        _step(RETURN, _ALLOW),
    ]
    return [_step(JUMP_IF_EQUAL, number, 0, len(body)), *body]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install() -> None:
    """Filter this process's system calls and those of all that it starts, for good.

    The process must have set no_new_privs before.

    Raises:
        OSError: the kernel refused
    """
    filters = steps(platform.machine())
    libc = ctypes.CDLL(None, use_errno=True)
    program = _Program(len(filters), b"".join(filters))
    if libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp filter refused")
