"""Records of any format as canonical events, a batch after another."""
