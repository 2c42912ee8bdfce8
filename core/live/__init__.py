"""Sessions scored while they happen: events taken from tracking SDKs, kept, turned into scores.

``collecting`` takes a request and keeps its events before it is answered; ``processing`` turns what was
kept into canonical events, by the rules files are read with, and scores the sessions they belong to;
``scores`` answers what is asked of a session; ``closing`` makes a dataset of those that are over.
``docs/live.md`` says how.
"""
