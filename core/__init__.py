"""Everything the product knows that would also serve without a browser.

Nothing in here imports Dash. The road every session takes is
``core.ingest`` -> ``core.features`` -> ``core.bundle.repository`` -> ``core.bundle.predictor``.
"""
