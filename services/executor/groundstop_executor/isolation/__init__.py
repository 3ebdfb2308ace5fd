"""Where a tool runs so that it can be stopped: on this loop, or in a warm child process."""
