"""What a model is trained on: session rows read, checked, split and cut short; whether they are enough."""
