"""``python -m core``: the product from the command line."""

from core.base.libraries.lean_imports import without_collecting

with without_collecting():
    from core.cli import main

if __name__ == "__main__":
    main()
