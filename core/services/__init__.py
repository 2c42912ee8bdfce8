"""What pages and routes ask for: datasets, trainings, a session, the overview, samples, the demo."""
