"""What answers leave behind, counted and removed."""

import pytest

from handgrad.demos.grading.running import waste as waste_room
from handgrad.demos.grading.running.waste import Waste, holds_more_than
from handgrad.demos.katas.judging.temporary import remove_tree
from tests.demos.processes import wait_for
from tests.demos.programs import run


def test_what_takes_long_to_remove_is_out_of_the_way_at_once_and_gone_in_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(waste_room, "FEW", 50)
    (tmp_path / "waste").mkdir()
    for number in range(50):
        (tmp_path / "left" / str(number)).mkdir(parents=True)
    (tmp_path / "left" / "shut").mkdir(mode=0)
    waste = Waste(tmp_path / "waste")
    waste.take(tmp_path / "left")
    assert not (tmp_path / "left").exists()
    assert waste.pids
    wait_for(lambda: not waste.pids)
    assert not list((tmp_path / "waste").iterdir())
    waste.close()


@pytest.mark.rest
def test_a_folder_is_removed_however_deep_and_whatever_its_modes(tmp_path):
    folder = tmp_path / "folder"
    program = (
        "import os\nos.mkdir(sys.argv[1])\nos.chdir(sys.argv[1])\n"
        "for _ in range(2100):\n    os.mkdir('d', 0o700)\n    os.chdir('d')\n"
        "os.chdir(sys.argv[1])\nos.mkdir('shut')\nos.mkdir('shut/in')\nos.chmod('shut', 0)\n"
    )
    run(program, folder)
    # Without root's power to go past modes.
    removal = (
        "from pathlib import Path\nfrom handgrad.demos.grading.fence import kernel\n"
        "from handgrad.demos.katas.judging.temporary import remove_tree\n"
        "kernel.drop_capabilities()\nremove_tree(Path(sys.argv[1]))\n"
    )
    run(removal, folder)
    assert not folder.exists()
    remove_tree(folder)


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path):
    (tmp_path / "kept").mkdir(mode=0o500)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to(tmp_path / "kept")
    remove_tree(tmp_path / "folder")
    assert [(p.name, p.stat().st_mode & 0o777) for p in tmp_path.iterdir()] == [("kept", 0o500)]


def test_what_a_folder_holds_is_counted_with_all_below_it_and_a_link_as_one(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert [holds_more_than(tmp_path, most) for most in (3, 4)] == [True, False]
    assert not holds_more_than(tmp_path / "nowhere", 0)


def test_what_is_small_is_gone_when_it_has_been_taken(tmp_path):
    (tmp_path / "waste").mkdir()
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "file").write_text("")
    (tmp_path / "single").write_text("")
    waste = Waste(tmp_path / "waste")
    for name in ("left", "single"):
        waste.take(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["waste"]
    assert not waste.pids
