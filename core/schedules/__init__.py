"""Schedules: exports that come in by themselves are read, scored, listed and told of; nothing is done twice.

``definition`` says what one is, ``looking`` finds what has come, ``running`` takes it in, and ``service`` is
what pages, the API and the command line ask.
"""
