"""Other engines than the embedded one: Spark, for exports that no longer fit on one machine.

    session.py     a Spark session, with this program's code on every executor
    cells.py       an export as a Spark table of cells, and what it was recognised as
    events.py      cells -> canonical events, by the very SQL that reads files on one machine
    predicting.py  session rows -> predictions, by the bundle, checked on every executor
    spark.py       the road: score, or make the rows a model is trained on

The features are ``core.features.session_rows``, compiled for Spark. Nothing in here defines one.
"""
