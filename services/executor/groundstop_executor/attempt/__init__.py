"""One attempt at a call: planned, claimed under the fence, run, recorded."""
