"""The workers of a cluster of `dask.distributed`, in the place of this machine's own.

An answer is a task: its program, the text of its tests and its limits go there, a report comes back. On whichever
machine it lands, it runs in a process of its own behind the same fence, as a worker of ours there holds it. A worker
of the cluster that is lost has its tasks done by another; a report comes back once, and is written down here.
"""

from __future__ import annotations

import atexit
import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handgrad import HandgradError

from ..fence.tree import grading_folder
from ..results.report import End, Report
from .pool import Pool, WorkerProcess

if TYPE_CHECKING:
    from distributed import Client


class ClusterError(HandgradError):
    """A cluster cannot be reached, or is none that grades as this machine would."""


class ClusterWorker:
    """Has answers graded by a cluster, one at a time; in the place of a `WorkerProcess`.

    Args:
        client: of the cluster.
        code: the digest of the code that grades.
    """

    def __init__(self, client: Client, code: str) -> None:
        self._client, self._code = client, code
        self._task: Any = None
        self._is_killed = False

    def grade(self, job: dict[str, Any]) -> Report:
        """Have one answer graded.

        Raises:
            ClusterError: the cluster's handgrad is another one.
        """
        # Never taken from another task's result: what an answer does may differ each time.
        self._task = self._client.submit(grade_here, job, self._code, pure=False)
        if self._is_killed:
            self.kill()
        try:
            return Report.from_dict(self._task.result())
        except ClusterError:
            raise
        except Exception as error:  # too many workers were lost at it, or the grading was stopped
            return Report(end=End.UNGRADED, why=f"the cluster gave it up ({type(error).__name__}: {error})")

    def kill(self) -> None:
        """Call the task off; for another thread than the one that waits for it."""
        self._is_killed = True
        if self._task is not None:
            with contextlib.suppress(Exception):
                self._task.cancel(force=True)

    def close(self) -> None:
        """Do nothing: the process is the cluster's."""


def cluster_pool(address: str, code: str) -> Pool:
    """Yield as many workers as the cluster has threads.

    Args:
        address: of the scheduler, "tcp://10.0.0.1:8786" or a file that it wrote.
        code: the digest of the code that grades.

    Raises:
        ClusterError: there is no scheduler, or `distributed` is not installed.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError("a cluster needs dask.distributed: pip install distributed") from None
    try:
        is_file = Path(address).is_file()
        client = Client(scheduler_file=address) if is_file else Client(address, timeout=20)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(f"there is no scheduler at {address} ({error}). Start one with: dask scheduler") from None
    count = sum(client.nthreads().values())
    if not count:
        client.close()
        raise ClusterError(f"the cluster at {address} has no workers. Start one with: dask worker {address}")
    return Pool.from_workers([ClusterWorker(client, code) for _ in range(count)], client.close)


_here = threading.local()
"""The worker of each thread of a cluster's process."""


def grade_here(job: dict[str, Any], code: str) -> dict[str, Any]:
    """Grade one answer on a cluster's worker, as this machine would.

    Args:
        job: as of `WorkerProcess.grade`.
        code: the digest of the code that asks.

    Raises:
        ClusterError: this one grades by other code.
    """
    from .grader import code_digest

    if code != code_digest():
        raise ClusterError("the cluster's workers have another handgrad than this machine: install the same there")
    if not hasattr(_here, "worker"):
        _here.worker = WorkerProcess(_stack.enter_context(grading_folder()))
        _stack.callback(_here.worker.close)
    worker: WorkerProcess = _here.worker
    return worker.grade(job).to_dict()


_stack = contextlib.ExitStack()
atexit.register(_stack.close)
