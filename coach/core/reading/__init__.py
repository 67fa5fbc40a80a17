"""Reading a face: model cards, prior correction, smoothing over time."""
