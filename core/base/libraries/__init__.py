"""How heavy libraries are loaded: without what nobody uses here, with as many threads as there are."""
