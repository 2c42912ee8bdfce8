"""Speed and memory, measured as whole processes and printed as ratios of the same run."""
