"""A bundle: fitted models with their manifest, how they predict, and which one is in use.

``repository`` writes and reads the folder (hashes are checked before anything is unpickled), ``predictor``
answers with it, ``registry`` says which bundle is in use. ``core.training`` is what makes one.
"""
