"""Code with an effect outside this program: what is set up, what has the effect, and how often it was had."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Outside(NamedTuple):
    """Some code.

    Attributes:
        setup: run once; it finds `HERE`, an empty folder, and `LOG`, a file in it that is not there yet.
        effect: the body of a function that has the effect.
        counted: an expression for how often it was had; by default how many files there are and how long `LOG` is.
    """

    setup: str
    effect: str
    counted: str = "counted(HERE)"


def counted(folder: Path) -> int:
    """Return how many files there are, and how many words in them."""
    found = list(folder.iterdir())
    return len(found) + sum(one.read_bytes().count(b"x") for one in found if one.is_file())


_NEW = "HERE / str(len(list(HERE.iterdir())))"
_SQL = "import sqlite3\nC = sqlite3.connect(HERE / 'db')\nC.execute('create table t (a)')"
_MAPPED = "import mmap\nLOG.write_bytes(b' ' * 99)\nF = open(LOG, 'r+b')\nM = mmap.mmap(F.fileno(), 0)"
_NUMBER = "\nN = 0\ndef n():\n    global N\n    while is_ready(A): take(); N += 1\n    return N"
_READY = "\nimport select\ndef is_ready(one): return select.select([one], [], [], 0)[0]"
_SERVER = (
    "import socket\nA = socket.socket()\nA.bind(('127.0.0.1', 0))\nA.listen()\ndef take(): A.accept()[0].close()"
    + _READY + _NUMBER
)  # fmt: skip
_MAILBOX = (
    "import socket\nA, B = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]\n"
    "A.bind(('127.0.0.1', 0))\ndef take(): A.recv(9)" + _READY + _NUMBER
)
_PIPE = (
    "import multiprocessing\nA, B = multiprocessing.Pipe()\ndef take(): A.recv()\n"
    "def is_ready(one): return one.poll()" + _NUMBER
)
_PAIR = "import socket\nA, B = socket.socketpair()" + _READY
_URL = "'http://127.0.0.1:%d' % A.getsockname()[1]"
_SAY = "F = open(LOG, 'a', buffering=1)\n"

OUTSIDE: dict[str, Outside] = {
    # Files, opened anew.
    "open to append": Outside("", "open(LOG, 'a').write('x')"),
    "open to write": Outside("", f"open({_NEW}, 'w').write('x')"),
    "open to create": Outside("", f"open({_NEW}, 'xb').write(b'x')"),
    "open to read and write": Outside("LOG.write_text('')", "with open(LOG, 'r+') as f: f.seek(0, 2); f.write('x')"),
    "open by number": Outside("FD = os.open(LOG, os.O_CREAT | os.O_RDWR)", "os.fdopen(os.dup(FD), 'w').write('x')"),
    "os.open": Outside("", f"os.close(os.open({_NEW}, os.O_CREAT | os.O_WRONLY))"),
    "write_text": Outside("", f"({_NEW}).write_text('x')"),
    "touch": Outside("", f"({_NEW}).touch()"),
    "mkdir": Outside("", f"({_NEW}).mkdir()"),
    "mkstemp": Outside("import tempfile", "os.close(tempfile.mkstemp(dir=HERE)[0])"),
    "mkdtemp": Outside("import tempfile", "tempfile.mkdtemp(dir=HERE)"),
    "NamedTemporaryFile": Outside("import tempfile", "tempfile.NamedTemporaryFile(dir=HERE, delete=False).close()"),
    "copy": Outside("import shutil", f"shutil.copy(__file__, {_NEW})"),
    "symlink": Outside("", f"os.symlink('nowhere', {_NEW})"),
    "link": Outside("LOG.write_text('x')", f"os.link(LOG, {_NEW})"),
    "unlink": Outside("for n in range(9): (HERE / str(n)).touch()", "next(HERE.iterdir()).unlink()"),
    "rename": Outside("LOG.write_text('x')", "os.rename(*HERE.iterdir(), f'{next(HERE.iterdir())}1')",
                      "len(next(HERE.iterdir()).name)"),
    "truncate": Outside("LOG.write_text('x' * 99)", "os.truncate(LOG, LOG.stat().st_size - 1)"),
    "chmod": Outside("LOG.touch(0o600)", "LOG.chmod(LOG.stat().st_mode + 1)", "LOG.stat().st_mode"),
    "utime": Outside("LOG.touch()", "os.utime(LOG, (9, LOG.stat().st_mtime + 9))", "LOG.stat().st_mtime"),
    "np.save": Outside("", f"np.save({_NEW}, np.ones(2))"),
    "np.savez": Outside("", f"np.savez({_NEW}, np.ones(2))"),
    "tofile": Outside("", f"np.ones(2).tofile({_NEW})"),
    "json": Outside("import json", f"json.dump([], open({_NEW}, 'w'))"),
    "pickle": Outside("import pickle", f"pickle.dump(1, open({_NEW}, 'wb'))"),
    "gzip": Outside("import gzip", f"gzip.open({_NEW}, 'w').close()"),
    "memmap": Outside("LOG.write_bytes(b' ' * 9)", "m = np.memmap(LOG, np.uint8, 'r+'); m[(m == 120).sum()] = 120"),
    "sqlite3.connect": Outside("import sqlite3", f"sqlite3.connect({_NEW}).execute('create table t (a)')"),
    # What is open already.
    "print to a file": Outside(_SAY, "print('x', file=F)"),
    "write to a file": Outside("F = open(LOG, 'ab', buffering=0)", "F.write(b'x')"),
    "a method of a file": Outside(f"{_SAY}say = F.write", "say('x\\n')"),
    "a file by default": Outside(f"{_SAY}def say(text, *, file=F): file.write(text)", "say('x\\n')"),
    "a file in a list": Outside(f"{_SAY}FILES = [F]", "FILES[0].write('x\\n')"),
    "a file in a partial": Outside(f"{_SAY}import functools\nsay = functools.partial(print, file=F)", "say('x\\n')"),
    "a file in a tuple": Outside(f"{_SAY}FILES = (F, 1)", "FILES[0].write('x\\n')"),
    "a file of a context": Outside(f"{_SAY}import contextvars\nV = contextvars.ContextVar('v')\nV.set(F)",
                                   "V.get().write('x\\n')"),
    "a file of an object": Outside(f"{_SAY}class T:\n    def __init__(self): self.f = F\nt = T()", "t.f.write('x\\n')"),
    "a file of a class": Outside(f"{_SAY}class T:\n    f = F\nt = T()", "t.f.write('x\\n')"),
    "csv": Outside(f"{_SAY}import csv\nW = csv.writer(F)", "W.writerow(['x'])"),
    "an object's csv": Outside(f"{_SAY}import csv\nclass T: pass\nt = T()\nt.w = csv.writer(F)", "t.w.writerow(['x'])"),
    "no buffer": Outside("F = open(LOG, 'ab', buffering=0)\nclass T: __slots__ = ('f',)\nt = T()\nt.f = F",
                         "t.f.write(b'x')"),
    "a generator": Outside(f"{_SAY}def g(file):\n    while True: yield file.write('x\\n')\nG = g(F)", "next(G)"),
    "a library": Outside(f"{_SAY}import types\nL = types.ModuleType('numpy.l')\nL.F = F\n"
                         "exec('def say(): F.write(chr(120) + chr(10))', vars(L))\nsay = L.say", "say()"),
    "a handler": Outside("import logging\nclass T: pass\nt = T()\nt.h = logging.FileHandler(LOG)\nF = t.h.stream",
                         "t.h.emit(logging.makeLogRecord({'msg': 'x'}))"),
    "a pipe": Outside("A, B = os.pipe()\nF = open(B, 'w', buffering=1)\ndef take(): os.read(A, 2)" + _READY + _NUMBER,
                      "F.write('x\\n')", "n()"),
    "os.write": Outside("FD = os.open(LOG, os.O_CREAT | os.O_WRONLY)", "os.write(FD, b'x')"),
    "ftruncate": Outside("LOG.write_text('x' * 9)\nF = open(LOG, 'r+')",
                         "os.ftruncate(F.fileno(), LOG.stat().st_size - 1)"),
    "logging": Outside("import logging\nL = logging.getLogger(str(HERE))\nL.addHandler(logging.FileHandler(LOG))",
                       "L.error('x')"),
    "mmap": Outside(_MAPPED, "M[bytes(M).count(b'x')] = 120"),
    "sqlite3": Outside(_SQL, "C.execute('insert into t values (1)'); C.commit()",
                       "sqlite3.connect(HERE / 'db').execute('select count(*) from t').fetchone()[0]"),
    "stderr": Outside("", "print('x', file=sys.stderr)", "len(err())"),
    "stdout": Outside("", "print('x')", "len(out())"),
    # Other processes and threads.
    "subprocess": Outside("import subprocess", f"subprocess.run(['touch', {_NEW}])"),
    "os.system": Outside("", f"os.system(f'touch {{{_NEW}}}')"),
    "popen": Outside("", f"os.popen(f'touch {{{_NEW}}}').close()"),
    "spawn": Outside("", f"os.spawnlp(os.P_WAIT, 'touch', 'touch', {_NEW})"),
    "fork": Outside("", f"p = os.fork()\nif not p: os.mkdir({_NEW}); os._exit(0)\nos.waitpid(p, 0)"),
    "thread": Outside("import threading\nimport subprocess\ndef work(): subprocess.run(['touch', " + _NEW + "])",
                      "t = threading.Thread(target=work); t.start(); t.join()"),
    "executor": Outside("from concurrent.futures import ThreadPoolExecutor\ndef work(): (" + _NEW + ").mkdir()",
                        "with ThreadPoolExecutor() as pool: pool.submit(work)"),
    "a pool that is there": Outside("from concurrent.futures import ThreadPoolExecutor\nP = ThreadPoolExecutor(1)\n"
                                    "P.submit(int).result()\ndef work(): (" + _NEW + ").mkdir()",
                                    "P.submit(work).result()"),
    "the environment": Outside("", "os.environ['HG'] = os.environ.get('HG', '') + 'x'", "len(os.environ['HG'])"),
    "np.savetxt": Outside("", f"np.savetxt({_NEW}, np.ones(2))"),
    "asyncio": Outside("import asyncio\nasync def work(): (" + _NEW + ").mkdir()", "asyncio.run(work())"),
    "asyncio in a thread": Outside("import asyncio\nasync def work(): await asyncio.to_thread((" + _NEW + ").mkdir)",
                                   "asyncio.run(work())"),
    "asyncio that is there": Outside(f"{_SAY}import asyncio\nloop = asyncio.new_event_loop()\nasync def work():\n"
                                     "    await loop.run_in_executor(None, F.write, 'x\\n')",
                                     "loop.run_until_complete(work())"),
    "kill": Outside("import signal\nN = []\nsignal.signal(signal.SIGUSR1, lambda *_: LOG.open('a').write('x'))",
                    "os.kill(os.getpid(), signal.SIGUSR1)"),
    "raise_signal": Outside("import signal\nsignal.signal(signal.SIGUSR1, lambda *_: os.mkdir(" + _NEW + "))",
                            "signal.raise_signal(signal.SIGUSR1)"),
    "a library of the system": Outside("import ctypes\nC = ctypes.CDLL(None)", f"C.mkdir(os.fsencode({_NEW}), 511)"),
    "a hook of threads": Outside(f"{_SAY}import threading\nthreading.excepthook = lambda *_: F.write('x\\n')\n"
                                 "def work(): 1 / 0", "t = threading.Thread(target=work); t.start(); t.join()"),
    "a pipe of multiprocessing": Outside(_PIPE, "B.send('x')", "n()"),
    # The network.
    "sendall": Outside(_PAIR, "B.sendall(b'x')", "len(A.recv(9, socket.MSG_PEEK)) if is_ready(A) else 0"),
    "sendto": Outside(_MAILBOX, "B.sendto(b'x', A.getsockname())", "n()"),
    "connect": Outside(_SERVER, "socket.create_connection(A.getsockname()).close()", "n()"),
    "urlopen": Outside(_SERVER + "\nimport urllib.request",
                       f"try: urllib.request.urlopen({_URL}, timeout=0.01)\nexcept OSError: pass", "n()"),
}  # fmt: skip
