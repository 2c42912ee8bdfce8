"""Every statistic that appears on a screen, once."""
