"""The kill switch, measured: executors on a bus of their own, effects of a second, halts."""
