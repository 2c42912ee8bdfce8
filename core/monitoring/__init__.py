"""How an installation is: whether it is ready, figures for Prometheus, and what is wrong with it."""
