"""Durable jobs: the queues, the worker that runs them, and the kinds of work there are."""
