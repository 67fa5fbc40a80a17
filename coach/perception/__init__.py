"""From pictures to what the camera reads: detector, tracker, quality, crop, classifier. Start at `pipeline`."""
