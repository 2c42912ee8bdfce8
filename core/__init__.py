"""Everything the product knows that would also serve without a browser.

Nothing in here imports Dash. The road every session takes is ``core.ingest`` -> ``core.features`` ->
``core.bundle.predictor``; ``core.scoring`` runs it for an export. Packages stand in floors, and imports point
down only: docs/architecture.md has the picture.
"""
