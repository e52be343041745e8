"""What is made once a test run, however many processes it has."""

import os
import pickle

from handgrad.demos.files import hold_lock, write_whole


def shared_folder(tmp_path_factory):
    """The temporary folder of this run, of all its processes."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def once(tmp_path_factory, name, make):
    """What `make` gives, made by whichever process of the run asks first; it goes to the others as a pickle."""
    shared = shared_folder(tmp_path_factory)
    with hold_lock(shared / f"{name}.lock"):
        file = shared / f"{name}.pickle"
        if not file.is_file():
            # Whole, as not every system has locks.
            write_whole(file, pickle.dumps(make()), scratch=shared, is_lasting=False)
        return pickle.loads(file.read_bytes())
