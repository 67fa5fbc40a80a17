"""From frames to faces and their emotions: detector, tracker, quality, crop, classifier. Start at `pipeline`."""
