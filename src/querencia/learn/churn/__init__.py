"""Who will leave: the models, their calibration, their leaks, and the groups cut on their probabilities."""
