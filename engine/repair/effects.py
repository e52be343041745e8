"""Code that is run again has no effect outside this program: what would have one is refused, and noted.

Python tells an audit hook of what reaches outside before it happens, and the hook may refuse it. Some functions tell
nobody: they are replaced for the while, as is what stands below each open file. What is printed, logged or written
to a file is thrown away, so that such code can be run again all the same; only it must not read that.

Source: the table of audit events in Python's documentation.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache, partial, wraps
from threading import RLock, get_ident
from typing import Any, NoReturn
from weakref import WeakSet

from ..names import listed
from .user_code import is_installed

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

_HARMLESS = frozenset({"builtins.id", "object.__getattr__", "object.__setattr__", "sys.settrace", "compile"})
"""The most frequent events, which are not so much as looked at."""

_SILENT = (
    "os.write", "os.writev", "os.pwrite", "os.pwritev", "os.sendfile", "os.splice", "os.copy_file_range", "os.mkfifo",
    "os.mknod", "os._exit", "os.abort", "signal.raise_signal", "signal.alarm", "signal.setitimer",
    "signal.pidfd_send_signal", "atexit.register", "socket.socket.send", "socket.socket.sendall",
    "multiprocessing.connection._ConnectionBase.send", "multiprocessing.connection._ConnectionBase.send_bytes",
    "multiprocessing.pool.Pool._check_running", "multiprocessing.queues.Queue.put", "queue.Queue.put",
    "concurrent.futures.process.ProcessPoolExecutor.submit", "torch.save", "torch.jit.save",
)  # fmt: skip
"""What is refused though no event tells of it, where it is loaded."""

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class EffectError(PermissionError):
    """Something with an effect outside, in code that is run again."""


class Effects:
    """What a check holds back.

    Attributes:
        refused: what the code would have done, as in "call os.remove".
        was_run: whether the code has run with all its effects.
        has_held: whether open files are held back.
        sockets: those made in these runs: an event loop talks to itself by a pair of such.
        written: the files that the code would have written to.
    """

    def __init__(self) -> None:
        self.refused: dict[str, None] = {}
        self.is_on, self.was_run, self.has_held = True, False, False
        self.sockets: WeakSet[Any] = WeakSet()
        self.written: dict[str, None] = {}

    @property
    def what(self) -> str:
        return listed(list(self.refused)[:3])

    @property
    def remark(self) -> str:
        """Say what was held back; "" for nothing."""
        if not self.refused:
            return ""
        return f"Run again, your code would {self.what}: that was held back, and what needs it was not tried."

    def note_failure(self) -> None:
        """Note that a run has failed: what it wrote to a file may be what it did not find."""
        self.refused.update(dict.fromkeys(f"write {path!r}" for path in self.written))

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
            if self.written and not isinstance(path, int) and os.path.abspath(os.fsdecode(path)) in self.written:
                self.refuse(f"read {path!r}, which it has written")
        elif event == "socket.__new__":
            self.sockets.add(args[0])
        elif event == "mmap.__new__" and args[0] != -1 and args[2] not in (1, 3):  # neither to read nor a copy
            self.refuse("call mmap")
        elif event == "sqlite3.connect" and args[0] not in (":memory:", ""):
            self.refuse(f"open {args[0]!r}")
        elif event in ("os.putenv", "os.unsetenv") and not is_installed(_caller()):  # a library may set what it likes
            self.refuse(f"call {event}")
        elif event == "ctypes.dlsym":
            # A library with a path is one of numbers, and what torch looks up it has loaded itself.
            if os.sep not in str(getattr(args[0], "_name", None)) and not is_installed(_caller()):
                self.refuse(f"call {args[1]} of a library of the system")
        elif event.startswith(_EVENTS) and not (event == "os.mkdir" and os.path.isdir(args[0])):
            self.refuse(f"call {event}")

    def hold_files(self) -> None:
        """Have what this thread writes to files that are open go nowhere, whoever holds them."""
        if self.has_held:
            return
        self.has_held = True
        with _lock, allow_effects():
            _wrap_loaded()  # their first run may have loaded more
            if not (found := _open_files()):
                return
            nowhere = _replaced.enter_context(io.FileIO(os.devnull, "w"))
            for text in found[io.TextIOWrapper]:
                _change(partial(_write_through, text), True, text.write_through)
            raws: set[int] = set()
            for file in (*found[io.BufferedWriter], *found[io.BufferedRandom]):
                raw = file.raw
                raws.update((id(raw), id(getattr(raw, "_raw", raw))))
                with suppress(ValueError, OSError):
                    file.flush()
                    if type(raw) is not _Raw:
                        _change(partial(_put_below, file), _Raw(raw, nowhere), raw)
            for raw in found[io.FileIO]:
                if id(raw) not in raws and raw.name != os.devnull:
                    kept = os.dup(raw.fileno())
                    _replaced.callback(os.close, kept)
                    is_passed_on = os.get_inheritable(raw.fileno())
                    _change(partial(os.dup2, fd2=raw.fileno(), inheritable=is_passed_on), nowhere.fileno(), kept)
            for connection in found[_look_up("sqlite3.Connection")]:
                _change(connection.set_authorizer, _authorize, None)


class _Raw:
    """What stands below a buffered file: what code that is run again writes goes nowhere."""

    def __init__(self, raw: Any, nowhere: Any) -> None:
        self._raw, self._nowhere, self._is_closed = raw, nowhere, False

    def __getattr__(self, name: str) -> Any:
        effects = current()
        if effects is None or name in ("readable", "writable", "seekable", "tell", "isatty", "name", "mode"):
            return getattr(self._raw, name)
        return effects.refuse("use an open file") if self._raw.readable() else getattr(self._nowhere, name)

    @property
    def closed(self) -> bool:
        """Tell whether it is closed, if only for code that is run again."""
        return self._is_closed or bool(self._raw.closed)

    def close(self) -> None:
        if current() is None:
            self._raw.close()
        self._is_closed = True


def _authorize(action: int, *_: Any) -> int:
    """Let code that is run again do nothing but read from a database."""
    effects = current()
    if effects is None or action in (20, 21, 31, 33):  # read, select, function, recursive
        return 0
    effects.refused["write to an open database"] = None
    return 1


def _change(change: Callable[[Any], Any], new: Any, before: Any) -> None:
    """Change something until nothing is held back, as far as it can be."""

    def try_to_change(it: Any) -> None:
        with suppress(Exception):  # a file may be closed meanwhile, and a database another thread's
            change(it)

    _replaced.callback(try_to_change, before)
    try_to_change(new)


def _write_through(text: Any, is_through: bool) -> None:
    text.reconfigure(write_through=is_through)


def _put_below(file: Any, raw: Any) -> None:
    """Begin a buffered file again."""
    if not raw.closed:
        file.__init__(raw, 1 if type(raw) is _Raw else io.DEFAULT_BUFFER_SIZE)


def _open_files() -> dict[Any, list[Any]]:
    """Find the files that are open to be written to, and databases, by class."""
    numbers = set()
    for number in map(int, os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else range(256):
        with suppress(OSError):
            numbers.add((number, *os.fstat(number)[1:3]))
    if all(one in _idle or one[0] in _own for one in numbers):
        return {}
    kinds = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom, io.FileIO, _look_up("sqlite3.Connection"))
    found: dict[Any, list[Any]] = {kind: [] for kind in kinds}
    busy = set()
    for thing in [one for one in gc.get_objects() if type(one) in found]:
        with suppress(ValueError, OSError):  # closed
            is_file = isinstance(thing, io.IOBase)
            if not is_file or thing.writable():
                found[type(thing)].append(thing)
                busy.update([thing.fileno()] if is_file else [])
    _idle.clear()
    _idle.update(one for one in numbers if one[0] not in busy and not found[kinds[-1]])
    return found


class _Stream:
    """What stands for a stream of the program: what user code writes to it again goes nowhere."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._sink = stream, io.TextIOWrapper(io.BytesIO(), "utf-8", "replace")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream if current() is None else self._sink, name)


_by_thread: dict[int, Effects] = {}
_own: set[int] = set()
"""The descriptors of the program's streams, and of those that a runner of tests has put there."""
_idle: set[tuple[int, ...]] = set()
"""Other descriptors, with their files, that no object of Python's wrote to."""
_replaced = ExitStack()
_lock = RLock()


def current() -> Effects | None:
    """Return what holds back this thread's effects now; None where all may happen."""
    effects = _by_thread.get(get_ident())
    return effects if effects is not None and effects.is_on else None


@lru_cache(maxsize=1)
def _listen() -> None:
    """Have Python tell, once for all: it cannot be told to stop."""

    def hear(event: str, args: tuple[Any, ...]) -> None:
        if event not in _HARMLESS and _by_thread and (effects := current()) is not None:
            effects.hear(event, args)

    sys.addaudithook(hear)


@contextmanager
def hold_effects() -> Iterator[Effects]:
    """Hold back the effects outside of what runs in this block, in this thread and in those that it starts.

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
        with _lock:
            del _by_thread[get_ident()]
            if not _by_thread:
                _replaced.close()


@contextmanager
def allow_effects(*, once: bool = False) -> Iterator[None]:
    """Let all happen in this block, within one in which it is held back.

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


def _replace() -> None:
    """Replace what tells nobody of its effects."""
    _listen()
    _own.clear()
    _own.update(range(3))
    for name in ("sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"):
        if (stream := _look_up(name)) is not None:
            with suppress(AttributeError, ValueError, OSError):  # some have no descriptor
                _own.update({stream.fileno()} if type(stream) is not io.TextIOWrapper else ())
            _put(name, _Stream(stream))
    _put("sys.dont_write_bytecode", True)
    _wrap_loaded()


def _wrap_loaded() -> None:
    """Wrap functions of the modules that are loaded by now."""
    for name in _SILENT:
        _wrap(name, partial(_refuse, name))
    for name in ("logging.Logger.callHandlers", "warnings._showwarnmsg"):
        _wrap(name, lambda *_: None)
    _wrap("threading.Thread.start", _start)
    _wrap("concurrent.futures.thread.ThreadPoolExecutor.submit", _submit)
    _wrap("asyncio.selector_events.BaseSelectorEventLoop._write_to_self", _wake)
    _wrap("builtins.open", _open)
    _wrap("io.open", _open)


def _wrap(name: str, instead: Callable[..., Any]) -> None:
    """Have something else called in place of what is loaded under a name, where effects are held back."""
    original = _look_up(name)

    def call(*args: Any, **kwargs: Any) -> Any:
        effects = current()
        return original(*args, **kwargs) if effects is None else instead(effects, original, *args, **kwargs)

    if original is not None and getattr(original, "__code__", None) is not call.__code__:
        _put(name, wraps(original)(call))


def _put(name: str, new: Any) -> None:
    """Put something in the place of what a dotted name stands for, until all is put back."""
    owner, before, last = _look_up(name.rpartition(".")[0]), _look_up(name), name.rpartition(".")[2]
    is_own = last in vars(owner)

    def undo() -> None:
        if getattr(owner, last, None) is new:
            setattr(owner, last, before) if is_own else delattr(owner, last)

    setattr(owner, last, new)
    _replaced.callback(undo)


def _look_up(name: str) -> Any:
    """Return a loaded module, or what stands in one; None for nothing."""
    if name in sys.modules or not name:
        return sys.modules.get(name)
    owner, _, last = name.rpartition(".")
    return getattr(_look_up(owner), last, None)


def _refuse(name: str, effects: Effects, original: Any, *args: Any, **kwargs: Any) -> Any:
    # A library that is begun meanwhile may say what it does at the end.
    is_let = args and args[0] in effects.sockets if name != "atexit.register" else is_installed(_caller())
    return original(*args, **kwargs) if is_let else effects.refuse(f"call {name}")


def _open(effects: Effects, original: Any, file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
    """Open nothing in place of a file that is only written to."""
    if not isinstance(file, int) and "+" not in mode and set(mode) & set("wax"):
        effects.written[os.path.abspath(os.fsdecode(file))] = None
        file, mode = os.devnull, mode.replace("x", "w")
    return original(file, mode, *args, **kwargs)


def _start(effects: Effects, original: Any, thread: Any) -> None:
    run = _within(effects, thread.run)

    def held_back() -> None:
        with suppress(Exception):  # or a hook of theirs hears of it
            run()

    thread.run = held_back
    original(thread)


def _submit(effects: Effects, original: Any, pool: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
    return original(pool, _within(effects, function), *args, **kwargs)


def _wake(_: Effects, original: Any, loop: Any) -> None:
    off = Effects()  # of this thread alone: another may be held back meanwhile
    off.is_on = False  # or the loop, which talks to itself, would wait for ever
    _within(off, original)(loop)


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


def _caller() -> str | None:
    """Return the file of the code that goes through `os` or `ctypes`."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__") in ("ctypes", "os", __name__):
        frame = frame.f_back
    return frame.f_code.co_filename
