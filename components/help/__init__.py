"""The page of help: the tour and the glossary."""
