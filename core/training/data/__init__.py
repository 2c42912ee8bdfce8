"""What a model is trained on: session rows read, checked, split and cut short; and whether they are enough."""
