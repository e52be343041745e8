"""What the kernel itself holds a process to, whatever program it is."""

import os

from handgrad.demos.grading.fence import kernel
from tests.demos.programs import run
from tests.optional import only_where

needs_landlock = only_where(kernel.landlock_version() >= 6, "needs Landlock 6")
CONFINED = """
import os, socket
from handgrad.demos.grading.fence import calls, kernel
inside, outside = sys.argv[1:]
assert kernel.confine({inside: kernel.WRITE})
def attempt(what):
    try:
        what()
    except OSError as error:
        print(error.strerror)
    else:
        print("done")
attempt(lambda: os.open(inside + "/new", os.O_WRONLY | os.O_CREAT))
attempt(lambda: os.mkdir(inside + "/folder"))
attempt(lambda: os.open(outside + "/secret", os.O_RDONLY))
attempt(lambda: os.open(outside + "/new", os.O_WRONLY | os.O_CREAT))
attempt(lambda: os.open(inside + "/../outside/secret", os.O_RDONLY))
attempt(lambda: os.open("secret", os.O_RDONLY, dir_fd=os.open(outside, 0o10000000)))
attempt(lambda: os.unlink(outside + "/secret"))
attempt(lambda: os.symlink(outside, inside + "/link"))
attempt(lambda: os.mkfifo(inside + "/pipe"))
attempt(lambda: os.execv("/bin/sh", ["sh", "-c", "echo done"]))
attempt(lambda: os.kill(os.getppid(), 0))
attempt(lambda: socket.create_connection(("127.0.0.1", 9)))
"""


@needs_landlock
def test_a_confined_process_reaches_its_own_folder_and_nothing_else(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("s")
    denied, forbidden = "Permission denied", "Operation not permitted"
    assert run(CONFINED, inside, outside).splitlines() == ["done", "done", *[denied] * 8, forbidden, denied]
    assert (outside / "secret").exists()
    assert not (outside / "new").exists()


@needs_landlock
def test_what_a_confined_process_starts_is_as_confined(tmp_path):
    (tmp_path / "secret").write_text("s")
    program = (
        "import os, subprocess\nfrom handgrad.demos.grading.fence import kernel\n"
        "places = {path: kernel.RUN for path in ('/bin', '/usr', '/lib', '/lib64', '/etc', '/dev')}\n"
        "assert kernel.confine(places)\n"
        "print(subprocess.run(['cat', sys.argv[1]], capture_output=True, text=True).stderr)\n"
    )
    assert "Permission denied" in run(program, tmp_path / "secret")


def test_a_hidden_folder_is_left_out_of_what_may_be_read_and_its_siblings_are_not(tmp_path):
    for folder in ("a/b/hidden/deep", "a/b/open", "a/other"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "a" / "b" / "file.py").write_text("")
    (tmp_path / "a" / "b" / "way_in").symlink_to(tmp_path / "a" / "b" / "hidden")
    (tmp_path / "a" / "b" / "way_round").symlink_to(tmp_path / "a")
    found = kernel.places_without(str(tmp_path / "a"), [str(tmp_path / "a" / "b" / "hidden")])
    read = {os.path.relpath(path, tmp_path) for path, rights in found.items() if rights & kernel.READ == kernel.READ}
    assert read == {"a/b/open", "a/b/file.py", "a/other"}
    assert set(found.values()) == {kernel.READ, kernel.LIST}
