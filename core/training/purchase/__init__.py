"""Will a session buy? Settings are searched, kinds of model compete, the winner is calibrated."""
