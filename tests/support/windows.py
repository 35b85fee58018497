"""What Windows refuses, in processes here: a folder for PYTHONPATH whose `sitecustomize` takes it away.

Signals that it lacks are gone, and a file that the process itself has open is neither removed nor replaced.
"""

TEXT = """
import os, signal, tempfile

for name in ("SIGHUP", "SIGQUIT", "SIGXCPU", "SIGKILL", "SIGUSR1", "SIGTSTP", "SIGCONT", "pthread_sigmask"):
    delattr(signal, name)
for name in ("getuid", "geteuid", "fork", "sched_getaffinity", "getloadavg", "mkfifo", "link"):
    delattr(os, name)


def is_open(path):
    wanted = os.path.realpath(path)
    for number in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{number}") == wanted:
                return True
        except OSError:
            pass
    return False


def guarded(call):
    def checked(path, *more, **named):
        for one in (path, *more[:1]):
            if isinstance(one, (str, os.PathLike)) and is_open(one):
                error = PermissionError(13, "The process cannot access the file", str(one))
                error.winerror = 32
                raise error
        return call(path, *more, **named)

    return checked


for name in ("unlink", "remove", "replace", "rename"):
    setattr(os, name, guarded(getattr(os, name)))


def opened_once(*args, **named):
    raise PermissionError("Windows opens no named temporary file a second time")


tempfile.NamedTemporaryFile = opened_once
"""


def like_windows(folder):
    """Write the module into a folder; gives the environment of processes."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(TEXT)
    return {"PYTHONPATH": str(folder)}
