"""console: a face of the control plane for people; it owns no state of the system."""
