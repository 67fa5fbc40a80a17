"""Face perception: detector, tracker, quality, crop, classifier. Start at `pipeline`."""
