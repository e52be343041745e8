"""What is installed: one name, all of its packages, and nothing that clashes."""

import importlib
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest

import handgrad
from tests.optional import needs
from tests.project import CONFIG, ROOT

FOLDERS = {"engine": "handgrad", "viz": "handgrad.viz", "demos": "handgrad.demos"}


def declared_packages() -> set[str]:
    return set(CONFIG["options"]["packages"].split())


def test_every_folder_with_an_init_is_a_declared_package():
    found = {
        ".".join((name, *init.parent.relative_to(ROOT / folder).parts))
        for folder, name in FOLDERS.items()
        for init in (ROOT / folder).rglob("__init__.py")
        if "course" not in init.parts
    }
    assert declared_packages() == found


def test_every_package_is_imported_under_its_one_name():
    of_extras = {"handgrad.adapters.jax": "jax", "handgrad.adapters.torch": "torch"}
    for name in declared_packages():
        if name in of_extras and find_spec(of_extras[name]) is None:
            continue
        assert importlib.import_module(name).__name__ == name


def test_a_learners_engine_py_does_not_come_in_the_way(tmp_path):
    for name in ("engine", "viz", "demos"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('the wrong one')\n", encoding="utf-8")
    program = "from handgrad import Value, viz; import handgrad.demos.cli; print(viz.draw(Value(1.0)).source[:7])"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "digraph", done.stderr


def test_scalar_graphs_do_without_numpy():
    program = (
        "import sys; from handgrad import Value, compare, functional, manual, numeric_gradients, gradcheck\n"
        "with manual(): L, z = Value(2.0) * 3.0, [Value(float(i), f'z{i}') for i in range(3)]\n"
        "compare(L), numeric_gradients(L), gradcheck(L)\n"
        "with manual(): L = functional.cross_entropy(z, 0)\n"
        "L.grad, z[0].grad, z[1].grad, z[2].grad = 1.0, 0.09003057, 0.24472847, 0.66524096\n"
        "print(compare(L, nodes=[L, *z]).causes[0].slip.message)\n"
        "print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("that is the softmax alone: where does the target come in?\nFalse\n")
    assert handgrad.__name__ == "handgrad"


def test_the_pythons_of_the_classifiers_are_those_that_the_workflow_tests_on():
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8")
    tested = re.findall(r'"([\d.]+)"', re.search(r"python: \[(.+)\]", workflow)[1])
    assert re.findall(r"Python :: (3\.\d+)$", CONFIG["metadata"]["classifiers"], re.MULTILINE) == tested
    assert CONFIG["options"]["python_requires"] == f">={tested[0]}"


def test_an_archive_of_the_source_has_what_its_tests_need(tmp_path):
    command = [sys.executable, "setup.py", "-q", "egg_info", "-e", tmp_path]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    packed = set((tmp_path / "handgrad.egg-info" / "SOURCES.txt").read_text("utf-8").splitlines())
    rooms = ("engine", "viz", "demos", "tests", ".github", ".ci")
    needed = [file for room in rooms for file in (ROOT / room).rglob("*") if file.is_file() and file.suffix != ".pyc"]
    needed += [ROOT / name for name in ("README.md", "CHANGELOG.md", "CITATION.cff", "LICENSE", "Makefile")]
    assert {file.relative_to(ROOT).as_posix() for file in needed} <= packed


def test_numbers_are_judged_and_drawn_where_nothing_but_graphviz_is_installed():
    program = (
        "import sys\n"
        "for name in ('watchfiles', 'rich', 'click', 'pytest', 'numpy'): sys.modules[name] = None\n"
        "from handgrad import Value, compare, manual\n"
        "with manual(): L = Value(2.0, 'a') * 3.0\n"
        "L.grad = L.operands[0].grad = 1.0\n"
        "print(compare(L).causes[0].name)\n"
        "sys.modules.pop('numpy')\n"
        "from handgrad import viz\n"
        "print(viz.draw(compare(L)).source[:7])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["a", "digraph"], done.stderr


def test_a_graph_is_built_and_walked_backward_without_what_would_double_the_time_of_the_import():
    program = (
        "import sys, handgrad\n"
        "x = handgrad.Value(2.0)\n"
        "(x * x).backward()\n"
        "print(sorted({'dataclasses', 'inspect', 'traceback', 'numpy', 'handgrad.verdict'} & set(sys.modules)))\n"
        "print(handgrad.compare(x * x).ok)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["[]", "False"], done.stderr


def test_comparing_loads_nothing_that_reads_programs():
    program = "import sys, handgrad; handgrad.compare; print({'dataclasses', 'inspect'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "set()", done.stderr


def test_the_version_is_that_of_the_metadata_and_is_read_when_it_is_asked_for():
    program = "import sys, handgrad; early = 'importlib.metadata' in sys.modules; print(early, handgrad.__version__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", CONFIG["metadata"]["version"]]


def test_what_the_package_lists_is_what_it_is_for():
    rooms = {"arrays", "functional", "nn", "optim", "sanity", "testing", "viz"}
    listed = {name for name in dir(handgrad) if not name.startswith("__")}
    assert listed == {*handgrad.__all__, *rooms}
    for name in listed:
        assert getattr(handgrad, name) is not None


@pytest.mark.parametrize("name", ["arrays", "functional", "nn", "optim", "sanity", "testing", "viz"])
def test_a_public_module_lists_its_own_names_and_nothing_that_it_imports(name):
    module = getattr(handgrad, name)
    assert {listed for listed in dir(module) if not listed.startswith("__")} == set(module.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'backwards'"):
        _ = handgrad.backwards


def test_condas_recipe_asks_for_what_the_package_does_with_dot_in_place_of_its_renderer():
    needs("yaml")
    import yaml

    recipe = yaml.safe_load((ROOT / ".ci" / "conda" / "recipe.yaml").read_text("utf-8"))
    assert recipe["context"]["version"] == CONFIG["metadata"]["version"].partition(".dev")[0]
    assert f">={recipe['context']['python_min']}" == CONFIG["options"]["python_requires"]
    lines = [line for line in CONFIG["options"]["install_requires"].strip().splitlines() if not line.startswith("#")]
    ours = {line.partition(";")[0].replace(" ", "") for line in lines}
    of_conda = {line.replace(" ", "") for line in recipe["requirements"]["run"]} - {"python>=${{python_min}}"}
    pure = {line for line in ours if line.startswith(("graphviz-pure", "graphviz>="))}
    assert of_conda - {"graphviz", "python-graphviz>=0.20"} == ours - pure
    assert "graphviz>=0.20" in ours


@pytest.mark.parametrize("workflow", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.stem)
def test_an_action_is_pinned_by_commit_with_its_version_beside_it(workflow):
    used = re.findall(r"uses: (.+)$", workflow.read_text("utf-8"), re.MULTILINE)
    assert used
    for action in [action for action in used if not action.startswith("./")]:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", action), action
