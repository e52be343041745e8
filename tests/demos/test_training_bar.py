"""How far a training has come, in a terminal and elsewhere."""

from handgrad.demos.training_bar import progress_bar


def test_a_terminal_gets_a_bar(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar(4) as show:
        for step in range(5):
            show(step, "loss 0.5000")
    shown = capsys.readouterr().out
    for words in ("training", "4/4", "loss 0.5000"):
        assert words in shown


def test_elsewhere_each_tenth_of_the_way_is_a_line(capsys):
    with progress_bar(25) as show:
        for step in range(1, 26):
            show(step, "so far")
    assert capsys.readouterr().out.splitlines() == [f"step {step:>4}  so far" for step in (*range(2, 25, 2), 25)]


def test_a_long_way_has_ten_lines_and_a_short_one_a_line_a_step(capsys):
    for steps, every in ((110, 11), (5, 1)):
        with progress_bar(steps) as show:
            for step in range(1, steps + 1):
                show(step, "so far")
        lines = capsys.readouterr().out.splitlines()
        assert [int(line.split()[1]) for line in lines] == list(range(every, steps + 1, every))
