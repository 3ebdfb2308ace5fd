"""What approval knows, folded from the log: the inbox, grants, tasks, pauses, figures about reviewers."""
