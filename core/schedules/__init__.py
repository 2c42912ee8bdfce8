"""Schedules: exports that come in by themselves are read, scored, listed and told of; nothing is done twice.

``core.schedules.definition`` says what one is, ``core.schedules.looking`` finds what has come,
``core.schedules.running`` takes it in, and ``core.schedules.service`` is what pages, the API and the command line ask.
"""
