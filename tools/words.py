"""Write every sentence a user can read into one text, file by file: ``make words``.

What counts: a string of Python that reads as prose, whether it is handed to a component, an error or an
assumption; what a placeholder stands for is named in braces. Docstrings, SQL, styles and log lines stay
out. Of scripts, string literals; of HTML templates, the text between tags.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHON = ("app.py", "pages/**/*.py", "components/**/*.py", "core/**/*.py")
SCRIPTS = ("assets/js/**/*.js", "components/**/*.js", "core/**/*.js")
TEMPLATES = ("components/**/*.html", "core/**/*.html")
#: Arguments that hold one word or two of text, or a heading.
TEXT_ARGUMENTS = frozenset(
    "children label title placeholder text name heading header summary hint note help tooltip caption "
    "subtitle message"
    " empty what unit description headerName xaxis_title yaxis_title".split()
)
_SQL = re.compile(
    r"\b(SELECT|FROM|WHERE|CASE|COALESCE|CAST|GROUP BY|ORDER BY|CREATE|INSERT|UPDATE .* "
    r"SET|DELETE|ALTER|OVER \(|AS \w+"
    r"|IS NOT NULL|IS NULL|BETWEEN|FILTER "
    r"\(|PRAGMA|UNION|NULLS|try_cast|EXCLUDE|COPY|ATTACH)\b|\(\)|::|\$\{?\w+\}? ="
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_CODE = re.compile(
    r"^[\w./:#-]*$|^(\(\?|\^|\\|var\(|calc\(|[a-z-]+: ?[^ ]+;)|^[a-z0-9 -]*\b(mb|mt|me|ms|col|py|px|p|m)-\w"
)
_LOOKS_OF_CLASSES = re.compile(r"^([a-z0-9]+(-[a-z0-9]+)+|[a-z]+)( [a-z0-9]+(-[a-z0-9]+)*)*$")


@dataclass(frozen=True)
class Said:
    """One string and where it stands (a path from the root of the repository, and a line)."""

    path: str
    line: int
    text: str


def python_strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the strings of a module that read as text for people, with their lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = _skipped(tree)
    for node in ast.walk(tree):
        if id(node) in skipped or not isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            continue
        text = _text(node)
        if text is None:
            continue
        skipped.update(id(part) for part in ast.walk(node))
        if _is_prose(text, titled=getattr(node, "titled", False)):
            yield node.lineno, text


def _skipped(tree: ast.AST) -> set[int]:
    """Return the nodes nobody reads, such as docstrings and log lines; mark where text stands."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                skipped.add(id(node.value))
            case ast.Call():
                called = ast.unparse(node.func)
                if re.search(r"(\.(debug|info|warning|error|exception|execute|sql)|^re\.\w+)$", called):
                    skipped.update(id(part) for part in ast.walk(node))
                text_like = re.match(r"(html|dbc|dcc)\.", called)
                for keyword in node.keywords:
                    if keyword.arg in (
                        "className",
                        "class_name",
                        "id",
                        "style",
                        "href",
                        "type",
                        "axis",
                        "pattern",
                    ):
                        skipped.update(id(part) for part in ast.walk(keyword.value))
                    elif keyword.arg in TEXT_ARGUMENTS:
                        keyword.value.titled = True  # type: ignore[attr-defined]
                if text_like:
                    for argument in node.args:
                        for part in [argument, *getattr(argument, "elts", [])]:
                            part.titled = True  # type: ignore[attr-defined]
            case ast.Dict():
                for key in filter(None, node.keys):
                    skipped.update(id(part) for part in ast.walk(key))
                for value in node.values:
                    value.titled = True  # type: ignore[attr-defined]
    return skipped


def _text(node: ast.expr) -> str | None:
    """Return a string, or one put together with ``+``; placeholders as ``{name}``."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr():
            return "".join(
                part.value if isinstance(part, ast.Constant) else "{" + ast.unparse(part.value)[:40] + "}"
                for part in node.values
            )
        case ast.BinOp(op=ast.Add()):
            left, right = _text(node.left), _text(node.right)
            return None if left is None or right is None else left + right
    return None


def _is_prose(text: str, *, titled: bool) -> bool:
    bare = re.sub(r"\{[^}]*\}", "", text)
    words = _WORD.findall(bare)
    if not words or _SQL.search(text) or _CODE.match(text):
        return titled and bool(re.fullmatch(r"[A-Z][a-z-]+(\?|…)?", text))
    if len(words) < 2:
        return (titled and bare[:1].isupper()) or " " in bare.strip()
    return not _LOOKS_OF_CLASSES.match(text) or "-" not in text


def script_strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield string and template literals of a script that hold a space and words."""
    code = re.sub(
        r"/\*.*?\*/", lambda m: "\n" * m[0].count("\n"), path.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    code = re.sub(r"^\s*//.*$", "", code, flags=re.MULTILINE)
    for found in re.finditer(r'"((?:[^"\\\n]|\\.)*)"|`([^`]*)`', code):
        text = found[1] or found[2] or ""
        if (
            " " in text.strip()
            and re.search(r"[A-Za-z]{3,} |[a-z] [a-z]", text)
            and not text.startswith(("use ", "("))
        ):
            yield code.count("\n", 0, found.start()) + 1, text


def template_strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield what stands between the tags of a template."""
    html = path.read_text(encoding="utf-8")
    for pattern in (r"\{#.*?#\}", r"\{%.*?%\}", r"<style.*?</style>", r"<[^>]*>"):
        html = re.sub(pattern, lambda m: "\n" * m[0].count("\n") or "\x00", html, flags=re.DOTALL)
    for number, line in enumerate(html.splitlines(), 1):
        for text in line.split("\x00"):
            if _WORD.search(re.sub(r"\{\{.*?\}\}", "", text)):
                yield number, text.strip()


def all_said() -> list[Said]:
    """Return every string, by file and line."""
    readers = ((PYTHON, python_strings), (SCRIPTS, script_strings), (TEMPLATES, template_strings))
    found = {
        Said(str(path.relative_to(ROOT)), line, " ".join(text.split()))
        for patterns, read in readers
        for pattern in patterns
        for path in ROOT.glob(pattern)
        for line, text in read(path)
    }
    return sorted(found, key=lambda said: (said.path, said.line, said.text))


def main() -> None:
    """Write the text."""
    path = ""
    for said in all_said():
        if said.path != path:
            path = said.path
            sys.stdout.write(f"\n## {path}\n")
        sys.stdout.write(f"{said.line}: {said.text}\n")


if __name__ == "__main__":
    main()
