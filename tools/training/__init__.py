"""Training: trials, batches, augmentations, networks, losses, the run itself and its calibration."""
