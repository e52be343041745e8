"""The process that forks answers, by itself: without the worker, and without what the kernel holds it to."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict

import pytest

from handgrad.demos.grading.fence.limits import Limits
from handgrad.demos.grading.fence.tree import PLAYER
from handgrad.demos.grading.player.frames import Channel
from handgrad.demos.grading.running.referee import AnswerSession
from handgrad.demos.grading.running.zygotes import NUMPY, bare_environment
from tests.demos.processes import is_zombie, wait_for
from tests.patience import PATIENCE


@pytest.fixture
def control(grading, tmp_path):
    """The worker's end of the socket to a zygote that is ready."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    run = f"import sys; sys.path.insert(0, {str(grading[0] / 'by-hand')!r}); import runpy; "
    run += f"runpy.run_module('{PLAYER}.zygote', run_name='__main__', alter_sys=True)"
    command = [sys.executable, "-I", "-S", "-B", "-c", run, str(theirs.fileno()), str(NUMPY.parent)]
    with subprocess.Popen(command, env=bare_environment(tmp_path), pass_fds=(theirs.fileno(),)) as process:
        theirs.close()
        ours.settimeout(PATIENCE)
        assert ours.recv(64) == b"ready"
        yield ours
        ours.close()
        process.wait(timeout=PATIENCE)


@contextlib.contextmanager
def forked(control, folder, answer):
    """The answer as its tests would have it, and what is read of its output."""
    folder.mkdir()
    (folder / "mine.py").write_text(answer)
    ours, theirs = socket.socketpair()
    reading, writing = os.pipe()
    job = {"folder": str(folder), "name": "mine", "limits": asdict(Limits()), "readable": [], "hidden": []}
    socket.send_fds(control, [json.dumps(job).encode()], [theirs.fileno(), writing])
    assert control.recv(64) == b"forked"
    theirs.close()
    os.close(writing)
    with ours, os.fdopen(reading) as output:
        yield AnswerSession(Channel(ours), "mine.py").load(), output


@pytest.mark.rest
def test_each_answer_has_a_process_a_folder_and_an_output_of_its_own(control, tmp_path):
    program = "import os\nprint(os.getcwd(), os.environ['HOME'])\npid, sid = os.getpid(), os.getsid(0)\n"
    pids = set()
    for name in ("first", "second"):
        with forked(control, tmp_path / name, program) as (answer, output):
            assert output.readline().split() == [str(tmp_path / name)] * 2
            assert answer.pid == answer.sid  # a session of its own
            pids.add(answer.pid)
    assert len(pids) == 2
    wait_for(lambda: all(map(is_zombie, pids)))  # as nobody talks to them any more


@pytest.mark.rest
def test_what_answers_use_is_loaded_already_and_nobodys_autograd_is_there(control, tmp_path):
    program = (
        "import importlib.util, sys\nloaded = 'numpy' in sys.modules and 'handgrad.arrays' in sys.modules\n"
        "others = [name for name in ('micrograd', 'torch', 'autograd') if importlib.util.find_spec(name)]\n"
    )
    with forked(control, tmp_path / "mine", program) as (answer, _):
        assert answer.loaded is True
        assert answer.others == []
