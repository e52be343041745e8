"""Plots that are written whole."""

import pytest

from handgrad.demos.plotting import new_figure, save_png


@pytest.mark.rest
def test_a_figure_is_written_into_a_new_folder_and_nothing_beside_it(tmp_path):
    path = tmp_path / "new" / "plot.png"
    save_png(new_figure(1.0, 1.0), path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert list(path.parent.iterdir()) == [path]


def test_a_plot_that_fails_leaves_the_old_one_whole(tmp_path):
    path = tmp_path / "plot.png"
    path.write_bytes(b"old")

    class Broken:
        def savefig(self, file, **_):
            file.write(b"half")
            raise ValueError("no ink")

    with pytest.raises(ValueError, match="no ink"):
        save_png(Broken(), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
