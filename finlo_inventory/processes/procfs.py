"""What Linux tells about processes, for those that outlived their supervisor."""

from pathlib import Path

PROC = Path("/proc")
SESSION, STARTED = 3, 19  # places after the name in /proc/<pid>/stat


def _stat(pid: int) -> list[str]:
    # The name stands in brackets and may itself hold spaces and brackets.
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def started(pid: int) -> str | None:
    """When `pid` was started, in clock ticks since boot: with the pid it names one process."""
    try:
        fields = _stat(pid)
    except OSError:
        return None
    return None if fields[0] in {"Z", "X"} else fields[STARTED]


def session_members(session: int) -> list[int]:
    members = []
    for directory in PROC.glob("[0-9]*"):
        pid = int(directory.name)
        try:
            fields = _stat(pid)
        except OSError:
            continue
        if int(fields[SESSION]) == session and fields[0] not in {"Z", "X"}:
            members.append(pid)
    return members


def has_variable(pid: int, name: str, value: str) -> bool:
    """Whether `pid` was started with `name=value` in its environment."""
    try:
        return f"{name}={value}".encode() in (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
