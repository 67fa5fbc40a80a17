"""How the emotion models are trained: trials, faces, augmentations, networks, losses and the run itself."""
