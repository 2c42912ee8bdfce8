"""What pages and routes ask for: datasets, trainings, the session view, the overview, samples."""
