"""What is made once a test run, however many processes it has."""

import os
import pickle

from handgrad.demos.files import locked


def once(tmp_path_factory, name, make):
    """What `make` gives, made by whichever process of the run asks first; it goes to the others as a pickle."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with locked(shared / f"{name}.lock"):
        file = shared / f"{name}.pickle"
        if not file.is_file():
            file.write_bytes(pickle.dumps(make()))
        return pickle.loads(file.read_bytes())
