"""What the documentation names is there: paths, functions, links, pictures, buttons, formats, settings.

Paths are read wherever they stand. ``path::name`` names what a file defines; ``core.a.b.name`` a module or
something in one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from core.base.settings import Settings
from core.ingest.formats import known_formats
from tests.conftest import ROOT

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
README = ROOT / "README.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
GUIDE = ROOT / "docs" / "guide.md"
FORMATS = ROOT / "docs" / "formats.md"
SETTINGS = ROOT / "docs" / "settings.md"
PICTURES = ROOT / "docs" / "pictures"
#: A README is read on its way in: what is longer belongs into docs/.
MOST_LINES = 120
#: Bytes of a picture: they are checked in, and change whenever the pages do.
LARGEST_PICTURE = 120_000
#: Not part of the project: the product writes it.
WRITTEN_LATER = {"models/in-use.json"}

_FOLDERS = "assets|benchmarks|client|components|core|docs|models|pages|tests|tools"
_PATH = re.compile(rf"(?<![\w/.:@-])(?:{_FOLDERS})/[\w./-]*")
#: A file at the root of the project, named by itself.
_FILE = re.compile(r"`([\w-]+(?:\.conf)?\.(?:py|md|toml|mjs))`")
_DEFINED = re.compile(r"`([\w./-]+)::([\w.]+)`")
_MODULE = re.compile(r"`((?:core|components|pages)(?:\.\w+)+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PICTURE = re.compile(r"(?:src|srcset)=\"([^\"]+)\"|!\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
#: What the guide says to click or to look for.
_ON_SCREEN = re.compile(r"\*\*([^*\n]+)\*\*")
#: A function, a class, a method or what is assigned to an object, as the scripts of the pages write them.
_IN_SCRIPT = r"(?:function |class |\.prototype\.|predictor\.|uploads\.|^ {{4}}(?:async )?){name}\b"


def found(pattern: re.Pattern[str]) -> Iterator[tuple[str, ...]]:
    """Yield the page, then the groups, of whatever matches in the documentation."""
    for page in PAGES:
        for match in pattern.finditer(page.read_text()):
            yield (page.name, *(match.groups() or (match.group(),)))


def names_defined(path: Path) -> set[str]:
    """Return what a Python file defines: functions, classes, ``Class.method`` and constants."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{part.name}" for part in node.body if hasattr(part, "name")}
    return names


def is_defined(path: Path, name: str) -> bool:
    if path.suffix == ".py":
        return name in names_defined(path)
    return bool(re.search(_IN_SCRIPT.format(name=name.split(".")[-1]), path.read_text(), re.MULTILINE))


def is_there(dotted: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    parent, _, name = dotted.rpartition(".")
    if dotted.startswith("pages."):
        # Read, not imported: a page wants the application first.
        module = ROOT / f"{dotted.replace('.', '/')}.py"
        return module.exists() or name in names_defined(ROOT / f"{parent.replace('.', '/')}.py")
    try:
        return find_spec(dotted) is not None or hasattr(import_module(parent), name)
    except ModuleNotFoundError:
        return hasattr(import_module(parent), name)


def test_every_path_is_there() -> None:
    paths = [(page, path.rstrip(".")) for page, path in (*found(_PATH), *found(_FILE))]
    assert len(paths) > 100
    assert [
        (page, path) for page, path in paths if not (ROOT / path).exists() and path not in WRITTEN_LATER
    ] == []


def test_every_function_is_where_it_is_said_to_be() -> None:
    names = list(found(_DEFINED))
    assert len(names) > 100
    assert [each for each in names if not is_defined(ROOT / each[1], each[2])] == []


def test_every_module_is_there() -> None:
    modules = list(found(_MODULE))
    assert modules
    assert [each for each in modules if not is_there(each[1])] == []


def anchors(page: Path) -> set[str]:
    """Return what a link may name in a page: its headings, as GitHub writes their addresses."""
    headings = (heading.lower().replace(" ", "-") for heading in _HEADING.findall(page.read_text()))
    return {re.sub(r"[^\w-]", "", heading) for heading in headings}


def leads_somewhere(link: str, page: Path) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(page.read_text()) if "://" not in link]
    assert [link for link in links if not leads_somewhere(link, page)] == []


def pictures(page: Path) -> set[Path]:
    """Return the pictures a page shows."""
    named = ("".join(groups) for groups in _PICTURE.findall(page.read_text()))
    return {(page.parent / name).resolve() for name in named if "://" not in name}


def test_the_pictures_of_readme_and_guide_are_there_and_no_others() -> None:
    shown = {picture for page in PAGES for picture in pictures(page)}
    assert shown == set(PICTURES.iterdir())
    # `make screenshots` takes all of them, so none grows old.
    taken = re.findall(r'camera\.shoot\("([\w-]+)"', (ROOT / "tests/browser/guide.py").read_text())
    assert sorted(taken) == sorted(picture.stem for picture in shown)
    assert len(pictures(README)) == 2
    assert {picture.name: picture.stat().st_size for picture in shown
            if picture.stat().st_size > LARGEST_PICTURE} == {}  # fmt: skip


def test_the_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= MOST_LINES


def words_of_the_code() -> str:
    """Return everything pages may say, with what the source breaks over lines put together."""
    files = (path for top in ("components", "pages", "core") for path in (ROOT / top).rglob("*.py"))
    return re.sub(r'"\s*\n\s*f?"', "", "\n".join(path.read_text() for path in files))


def test_what_the_guide_says_to_click_is_on_a_page() -> None:
    said, code = set(_ON_SCREEN.findall(GUIDE.read_text())), words_of_the_code()
    assert len(said) > 20
    assert [words for words in sorted(said) if words not in code] == []


def test_every_setting_is_written_down() -> None:
    text = SETTINGS.read_text()
    names = [
        field.validation_alias or f"PREDICTOR_{name.upper()}" for name, field in Settings.model_fields.items()
    ]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_the_architecture_names_every_package() -> None:
    text = ARCHITECTURE.read_text()
    packages = {
        f"{top}/{folder.name}/"
        for top in ("core", "components")
        for folder in (ROOT / top).iterdir()
        if (folder / "__init__.py").exists()
    }
    assert {package for package in packages if f"`{package}`" not in text} == set()


def test_every_source_of_exports_is_named() -> None:
    formats = FORMATS.read_text().lower()
    titles = [form.title for form in known_formats().values()]
    assert [title for title in titles if title.split()[0].lower() not in formats] == []


def test_a_name_that_is_not_there_is_noticed() -> None:
    assert not is_defined(ROOT / "core/ingest/settle.py", "settled")
    assert not is_defined(ROOT / "core/storage/_store.py", "Store.scored")
    assert not is_defined(ROOT / "assets/js/upload/50-page.js", "taken")
    assert not is_there("core.features.no_such_thing")
    assert "Make an audience of nobody" not in words_of_the_code()
    assert not leads_somewhere("docs/guide.md#no-such-question", README)
    assert not leads_somewhere("#no-such-heading", README)
