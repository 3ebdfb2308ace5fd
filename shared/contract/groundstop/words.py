"""An alias of :mod:`groundstop.vocabulary` for one release: the earlier name of the module."""

from groundstop.vocabulary import *  # noqa: F403
