"""Code that is run again has no effect outside this program: what would have one is refused, and noted.

Python tells an audit hook of what reaches outside before it happens, and the hook may refuse it. Some functions tell
nobody: they are replaced for the while, as is each open file that a `Keeper` meets. What is printed, logged or written
to a file is thrown away, so that such code can be run again all the same; only it must not read that.

Source: the table of audit events in Python's documentation.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache, partial, wraps
from threading import RLock, get_ident
from types import BuiltinMethodType
from typing import Any, NoReturn
from weakref import WeakSet

from ..verdict.sentences import listed
from .theirs import is_installed

_EVENTS = (
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown",
    "os.lchown", "os.chflags", "os.lchmod", "os.lchflags", "os.utime", "os.setxattr", "os.removexattr", "os.chdir",
    "os.fchdir", "os.lockf", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile",
    "os.kill", "signal.pthread_kill", "subprocess.", "pty.", "socket.connect", "socket.bind", "socket.send",
    "socket.getaddrinfo", "socket.gethostby", "socket.sethostname", "urllib.", "http.", "ftplib.", "smtplib.",
    "imaplib.", "poplib.", "nntplib.", "telnetlib.", "webbrowser.", "syslog.", "fcntl.", "resource.setrlimit",
    "resource.prlimit", "shutil.", "tempfile.", "builtins.input", "builtins.breakpoint", "pdb.", "msvcrt.",
    "winreg.CreateKey", "winreg.DeleteKey", "winreg.DeleteValue", "winreg.SetValue", "winreg.SaveKey", "winreg.LoadKey",
)  # fmt: skip
"""How the events begin that are refused, whatever their arguments."""

_SILENT = (
    "os.write", "os.writev", "os.pwrite", "os.pwritev", "os.sendfile", "os.splice", "os.copy_file_range", "os.mkfifo",
    "os.mknod", "os._exit", "os.abort", "signal.raise_signal", "signal.alarm", "signal.setitimer",
    "signal.pidfd_send_signal", "atexit.register", "socket.socket.send", "socket.socket.sendall",
    "multiprocessing.connection._ConnectionBase.send", "multiprocessing.connection._ConnectionBase.send_bytes",
    "multiprocessing.pool.Pool._check_running", "multiprocessing.queues.Queue.put", "queue.Queue.put",
    "concurrent.futures.process.ProcessPoolExecutor.submit", "torch.save", "torch.jit.save",
)  # fmt: skip
"""What is refused though no event tells of it, where it is loaded."""

_CONNECTIONS = (
    "_io.TextIOWrapper", "_io.BufferedWriter", "_io.BufferedRandom", "_io.FileIO", "mmap.mmap", "_sqlite3.Connection",
    "_sqlite3.Cursor", "_csv.Writer", "_pickle.Pickler",
)  # fmt: skip
"""The classes of what is connected with something outside."""

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class EffectError(PermissionError):
    """Something with an effect outside, in code that is run again."""


class Effects:
    """What a check holds back.

    Attributes:
        refused: what the code would have done, as in "call os.remove".
        is_on: whether anything is held back now.
        was_run: whether the code has run with all its effects.
        sockets: those made in these runs: an event loop talks to itself by a pair of such.
        end: what is done at the end.
    """

    def __init__(self) -> None:
        self.refused: dict[str, None] = {}
        self.is_on, self.was_run = True, False
        self.sockets: WeakSet[Any] = WeakSet()
        self.end = ExitStack()
        self._written: dict[str, None] = {}

    @property
    def what(self) -> str:
        """List what was refused."""
        return listed(list(self.refused)[:3])

    @property
    def remark(self) -> str:
        """Say what was held back; "" for nothing."""
        if not self.refused:
            return ""
        return f"Run again, your code would {self.what}: that was held back, and what needs it was not tried."

    def note_failure(self) -> None:
        """Note that a run has failed: what it wrote to a file may be what it did not find."""
        self.refused.update(dict.fromkeys(f"write {path!r}" for path in self._written))

    def refuse(self, what: str) -> NoReturn:
        """Note what the code is about to do, and raise an error in its place."""
        self.refused[what] = None
        raise EffectError(f"it would {what}, and it is run again")

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """Refuse an event that has an effect outside."""
        if event == "open" and args[0] != os.devnull:
            path, _, flags = args
            if flags & _WRITES:
                self.refuse(f"open {path!r} to write")
            if self._written and not isinstance(path, int) and _place(path) in self._written:
                self.refuse(f"read {path!r}, which it has written")
        elif event == "socket.__new__":
            self.sockets.add(args[0])
        elif event == "mmap.__new__":
            if args[0] != -1 and args[2] not in (1, 3):  # neither to read nor a copy
                self.refuse("call mmap")
        elif event == "sqlite3.connect":
            if args[0] not in (":memory:", ""):
                self.refuse(f"open {args[0]!r}")
        elif event in ("os.putenv", "os.unsetenv"):
            if not is_installed(_caller()):  # a library that is loaded meanwhile may set what it likes
                self.refuse(f"call {event}")
        elif event == "ctypes.dlsym":
            # A library with a path is one of numbers, and what torch looks up it has loaded itself.
            if os.sep not in str(getattr(args[0], "_name", None)) and not is_installed(_caller()):
                self.refuse(f"call {args[1]} of a library of the system")
        elif event.startswith(_EVENTS) and not (event == "os.mkdir" and os.path.isdir(args[0])):
            self.refuse(f"call {event}")

    def write_nowhere(self, path: Any, mode: str) -> tuple[Any, str]:
        """Return what is opened in place of a file that is only written to."""
        if isinstance(path, int) or "+" in mode or not set(mode) & set("wax"):
            return path, mode
        self._written[_place(path)] = None
        return os.devnull, mode.replace("x", "w")

    def swap(self, held: Any, put: Callable[[Any], Any]) -> None:
        """Put a stand-in in the place of a connection, or of a method of one, until the end."""
        owner: Any = held.__self__ if isinstance(held, BuiltinMethodType) else held
        is_file = isinstance(owner, io.IOBase)
        if type(owner) not in _kinds or (is_file and (owner.closed or not owner.writable())):
            return
        other: Any = _Refusing(type(owner).__name__)
        if is_file and not owner.readable():
            nowhere = self.end.enter_context(io.FileIO(os.devnull, "w"))
            other = io.TextIOWrapper(nowhere) if isinstance(owner, io.TextIOBase) else nowhere
        put(other if owner is held else getattr(other, held.__name__))
        self.end.callback(put, held)


class _Refusing:
    """What stands for a connection: whatever is done with it is refused."""

    def __init__(self, kind: str) -> None:
        self._what = f"use an open {kind}"

    def __getattr__(self, name: str) -> Any:
        return self()

    def __call__(self, *_: Any) -> Any:
        effects = _here()
        return effects.refuse(self._what) if effects is not None else None

    __getitem__ = __setitem__ = __len__ = __iter__ = __enter__ = __exit__ = __call__


class _Stream:
    """What stands for a stream of the program: what their code writes to it again goes nowhere."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._sink = stream, io.TextIOWrapper(io.BytesIO(), "utf-8", "replace")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream if _here() is None else self._sink, name)


_by_thread: dict[int, Effects] = {}
_kinds: set[type] = set()
_replaced = ExitStack()
_lock = RLock()


def _here() -> Effects | None:
    """Return what holds back this thread's effects now; None where all may happen."""
    effects = _by_thread.get(get_ident())
    return effects if effects is not None and effects.is_on else None


@lru_cache(maxsize=1)
def _listen() -> None:
    """Have Python tell, once for all: it cannot be told to stop."""
    sys.addaudithook(_hear)


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if _by_thread and (effects := _here()) is not None:
        effects.hear(event, args)


@contextmanager
def without_effects() -> Iterator[Effects]:
    """In this block what this thread runs, and each thread that it starts, has no effect outside.

    Within another such block it is that one's, with everything held back again.
    """
    outer = _by_thread.get(get_ident())
    if outer is not None:
        before, outer.is_on = outer.is_on, True
        try:
            yield outer
        finally:
            outer.is_on = before
        return
    effects = Effects()
    with _lock:
        if not _by_thread:
            _replace()
        _by_thread[get_ident()] = effects
    try:
        yield effects
    finally:
        effects.is_on = False
        effects.end.close()
        with _lock:
            del _by_thread[get_ident()]
            if not _by_thread:
                _replaced.close()


@contextmanager
def allowed(*, once: bool = False) -> Iterator[None]:
    """In this block all may happen, within one in which it is held back.

    Args:
        once: whether only in the first such block.
    """
    effects = _by_thread.get(get_ident()) or Effects()
    before, effects.is_on = effects.is_on, effects.is_on and once and effects.was_run
    effects.was_run |= once
    try:
        yield
    finally:
        effects.is_on = before


def swap_connections(places: Iterable[tuple[Any, Any]], put: Callable[[Any, Any], Any]) -> None:
    """Put a stand-in for each open file and other connection, until effects are no longer held back.

    Args:
        places: pairs of a key and what is held there.
        put: (key, thing): puts it there.
    """
    effects = _here()
    if effects is not None:
        for key, held in [one for one in places if type(one[1]) in _kinds]:
            if type(held) is not tuple:
                effects.swap(held, partial(put, key))
                continue
            parts = list(held)
            swap_connections(enumerate(held), parts.__setitem__)
            if any(one is not other for one, other in zip(parts, held)):
                put(key, tuple(parts))
                effects.end.callback(put, key, held)


def _replace() -> None:
    """Replace what tells nobody of its effects."""
    _listen()
    _kinds.update(filter(None, map(_loaded, _CONNECTIONS)), (BuiltinMethodType, tuple))
    for name in _SILENT:
        _wrap(name, partial(_refuse, name))
    for name in ("logging.Logger.callHandlers", "warnings._showwarnmsg"):
        _wrap(name, lambda *_: None)
    _wrap("threading.Thread.start", _start)
    _wrap("concurrent.futures.thread.ThreadPoolExecutor.submit", _submit)
    _wrap("builtins.open", _open)
    _wrap("io.open", _open)
    for name in ("sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"):
        if (stream := _loaded(name)) is not None:
            _put(name, _Stream(stream))
    _put("sys.dont_write_bytecode", True)


def _wrap(name: str, instead: Callable[..., Any]) -> None:
    """Have something else called in place of what is loaded under a name, where effects are held back."""
    original = _loaded(name)

    def call(*args: Any, **kwargs: Any) -> Any:
        effects = _here()
        return original(*args, **kwargs) if effects is None else instead(effects, original, *args, **kwargs)

    if original is not None:
        _put(name, wraps(original)(call))


def _put(name: str, new: Any) -> None:
    owner, before, last = _loaded(name.rpartition(".")[0]), _loaded(name), name.rpartition(".")[2]
    is_own = last in vars(owner)

    def undo() -> None:
        if getattr(owner, last, None) is new:
            setattr(owner, last, before) if is_own else delattr(owner, last)

    setattr(owner, last, new)
    _replaced.callback(undo)


def _loaded(name: str) -> Any:
    """Return a loaded module, or what stands in one; None for nothing."""
    if name in sys.modules or not name:
        return sys.modules.get(name)
    owner, _, last = name.rpartition(".")
    return getattr(_loaded(owner), last, None)


def _refuse(name: str, effects: Effects, original: Any, *args: Any, **kwargs: Any) -> Any:
    return original(*args, **kwargs) if args and args[0] in effects.sockets else effects.refuse(f"call {name}")


def _open(effects: Effects, original: Any, file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
    return original(*effects.write_nowhere(file, mode), *args, **kwargs)


def _start(effects: Effects, original: Any, thread: Any) -> None:
    run = _within(effects, thread.run)

    def held_back() -> None:
        with suppress(EffectError):
            run()

    thread.run = held_back
    original(thread)


def _submit(effects: Effects, original: Any, pool: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
    return original(pool, _within(effects, function), *args, **kwargs)


def _within(effects: Effects, function: Any) -> Any:
    """Return a function that holds back the same in another thread."""

    @wraps(function)
    def held_back(*args: Any, **kwargs: Any) -> Any:
        before = _by_thread.get(get_ident())
        _by_thread[get_ident()] = effects
        try:
            return function(*args, **kwargs)
        finally:
            del _by_thread[get_ident()]
            if before is not None:
                _by_thread[get_ident()] = before

    return held_back


def _place(path: Any) -> str:
    return os.path.abspath(os.fsdecode(path))


def _caller() -> str | None:
    """Return the file of the code that goes through `os` or `ctypes`."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__") in ("ctypes", "os", __name__):
        frame = frame.f_back
    return frame.f_code.co_filename
