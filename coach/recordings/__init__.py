"""What a mirror run leaves behind: annotated video, log, graph and pictures, under names that overwrite nothing."""
