"""Backtest: the decision function over recorded intents. What would another policy have decided, and was it right?"""

from groundstop.backtest.outcome import Backtest, Shift
from groundstop.backtest.replay import Past, replay
from groundstop.backtest.run import backtest

__all__ = ["Backtest", "Past", "Shift", "backtest", "replay"]
