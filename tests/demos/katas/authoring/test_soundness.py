"""Whether a kata is sound."""

from handgrad.demos.katas.authoring.soundness import problems


def test_verify_checks_the_numbers_of_the_text_by_the_solutions_own_functions(kata, warm):
    text = kata.folder / "kata.md"
    assert "make L = -9" in text.read_text()
    text.write_text(text.read_text().replace("make L = -9", "make L = -8") + '\n`TABLE["*"](2.0)` is 5.\n')
    kata.solution.write_text(kata.solution.read_text() + '\n\nTABLE = {"*": lambda x: 2 * x}\n')
    told = [problem for problem in problems(kata, warm.run) if problem.startswith("kata.md")]
    assert told == ["kata.md: L = a * b + a is -9, not -8.", 'kata.md: TABLE["*"](2.0) is 4, not 5.']
