"""The processes that another one started are found and ended, whatever they do to get away."""

import os
import subprocess
import sys

from handgrad.demos.grading.running.processes import descendants, end_descendants
from tests.demos.processes import is_zombie, wait_for
from tests.demos.programs import run
from tests.patience import PATIENCE


def test_a_process_never_ends_itself_with_its_parents_descendants():
    inner = (
        "import os, sys\nfrom handgrad.demos.grading.running.processes import end_descendants\n"
        "try:\n    end_descendants(os.getppid())\nexcept ValueError as error:\n    print(error)\n"
    )
    outer = f"import subprocess\nprint(subprocess.check_output([sys.executable, *sys.argv[1:]], timeout={PATIENCE}))\n"
    assert "would end itself" in run(outer, "-c", inner)


def test_a_double_fork_in_a_session_of_its_own_is_found_and_ended():
    program = (
        "import os, sys, time\nfrom handgrad.demos.grading.fence.kernel import become_subreaper\n"
        "become_subreaper()\nif not os.fork():\n    os.setsid()\n    if not os.fork():\n        time.sleep(60)\n"
        "    os._exit(0)\nos.wait()\nprint('ready', flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        (daemon,) = descendants(process.pid)
        assert end_descendants(process.pid)
        assert is_zombie(daemon)
        process.kill()


def test_a_process_is_left_out_with_all_that_it_started():
    """As one that removes what an answer left is: its `rm` is no process of the next answer's."""
    with subprocess.Popen(["sh", "-c", "echo ready; sleep 60; true"], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        wait_for(lambda: descendants(process.pid))
        (inner,) = descendants(process.pid)
        assert {process.pid, inner} <= set(descendants(os.getpid()))
        assert not {process.pid, inner} & set(descendants(os.getpid(), [process.pid]))
        assert end_descendants(process.pid, without=[inner])
        assert not is_zombie(inner)
        assert end_descendants(process.pid)
        assert is_zombie(inner)
