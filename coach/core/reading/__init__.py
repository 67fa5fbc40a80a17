"""Reading a face: the model's card, calibration of its output, smoothing over time."""
